package main

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/serviceaccount"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
)

const issuer = "https://kubernetes.default.svc.cluster.local"

// tokens issues and checks service-account tokens: JWTs signed with HMAC, which only this process needs to check.
type tokens struct {
	key      []byte
	accounts rest.Getter // set when the storage exists
}

type claims struct {
	Iss, Sub string
	Aud      []string
	Exp, Iat int64
	NS       string `json:"ns"`
	Name     string `json:"name"`
	UID      string `json:"uid"`
}

func newTokens(file string) (*tokens, error) {
	key, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		key = make([]byte, 32)
		_, _ = rand.Read(key)
		err = os.WriteFile(file, key, 0o600)
	}
	return &tokens{key: key}, err
}

var b64 = base64.RawURLEncoding

func (t *tokens) mac(s string) string {
	h := hmac.New(sha256.New, t.key)
	h.Write([]byte(s))
	return b64.EncodeToString(h.Sum(nil))
}

func (t *tokens) sign(c claims) string {
	body, _ := json.Marshal(c)
	s := b64.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + b64.EncodeToString(body)
	return s + "." + t.mac(s)
}

func (t *tokens) AuthenticateToken(ctx context.Context, token string) (*authenticator.Response, bool, error) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 || !hmac.Equal([]byte(token[i+1:]), []byte(t.mac(token[:i]))) {
		return nil, false, nil
	}
	_, body, _ := strings.Cut(token[:i], ".")
	raw, err := b64.DecodeString(body)
	var c claims
	if err == nil {
		err = json.Unmarshal(raw, &c)
	}
	if err != nil || c.Exp < time.Now().Unix() {
		return nil, false, fmt.Errorf("token expired or malformed")
	}
	sa, err := t.accounts.Get(genericapirequest.WithNamespace(ctx, c.NS), c.Name, &metav1.GetOptions{})
	if err != nil || string(sa.(*corev1.ServiceAccount).UID) != c.UID {
		return nil, false, fmt.Errorf("service account %s/%s is gone", c.NS, c.Name)
	}
	return &authenticator.Response{User: serviceaccount.UserInfo(c.NS, c.Name, c.UID)}, true, nil
}

// tokenREST is serviceaccounts/token.
type tokenREST struct{ t *tokens }

func (r tokenREST) New() runtime.Object { return &authenticationv1.TokenRequest{} }
func (r tokenREST) Destroy()            {}
func (r tokenREST) GroupVersionKind(schema.GroupVersion) schema.GroupVersionKind {
	return authenticationv1.SchemeGroupVersion.WithKind("TokenRequest")
}
func (r tokenREST) Create(ctx context.Context, name string, obj runtime.Object, _ rest.ValidateObjectFunc, _ *metav1.CreateOptions) (runtime.Object, error) {
	sa, err := r.t.accounts.Get(ctx, name, &metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	req, s := obj.(*authenticationv1.TokenRequest), sa.(*corev1.ServiceAccount)
	ttl := int64(3600)
	if req.Spec.ExpirationSeconds != nil {
		ttl = *req.Spec.ExpirationSeconds
	}
	if ttl < 600 {
		return nil, apierrors.NewBadRequest("spec.expirationSeconds: may not specify a duration less than 10 minutes")
	}
	if len(req.Spec.Audiences) == 0 {
		req.Spec.Audiences = []string{issuer}
	}
	req.Spec.ExpirationSeconds = &ttl
	req.Name, req.Namespace, req.CreationTimestamp = s.Name, s.Namespace, metav1.Now()
	now := time.Now()
	req.Status = authenticationv1.TokenRequestStatus{ExpirationTimestamp: metav1.NewTime(now.Add(time.Duration(ttl) * time.Second)),
		Token: r.t.sign(claims{issuer, serviceaccount.MakeUsername(s.Namespace, s.Name), req.Spec.Audiences, now.Unix() + ttl, now.Unix(), s.Namespace, s.Name, string(s.UID)})}
	return req, nil
}
