package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// accounts has one service account, ns/op.
type accounts struct{}

func (a accounts) Get(_ context.Context, name string, _ *metav1.GetOptions) (runtime.Object, error) {
	if name != "op" {
		return nil, apierrors.NewNotFound(corev1.Resource("serviceaccounts"), name)
	}
	sa := &corev1.ServiceAccount{}
	sa.UID = "uid-1"
	return sa, nil
}

func TestTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sa.key")
	tokens, err := newTokens(file)
	if err != nil {
		t.Fatal(err)
	}
	tokens.accounts = accounts{}
	good := claims{NS: "ns", Name: "op", UID: "uid-1", Exp: time.Now().Add(time.Hour).Unix()}
	with := func(change func(*claims)) string {
		c := good
		change(&c)
		return tokens.sign(c)
	}
	same := func(*claims) {}
	for _, c := range []struct {
		name, token string
		want        bool
	}{
		{"good", with(same), true},
		{"expired", with(func(c *claims) { c.Exp = time.Now().Add(-time.Minute).Unix() }), false},
		{"of an account that is gone", with(func(c *claims) { c.Name = "other" }), false},
		{"of an account that was made anew", with(func(c *claims) { c.UID = "uid-0" }), false},
		{"with another signature", with(same) + "x", false},
		{"with other claims under the signature", strings.Replace(with(same), ".", ".e30", 1), false},
		{"no token", "abc", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			response, ok, _ := tokens.AuthenticateToken(t.Context(), c.token)
			if ok != c.want {
				t.Fatalf("accepted: %v, want %v", ok, c.want)
			}
			if ok && response.User.GetName() != "system:serviceaccount:ns:op" {
				t.Errorf("user %v", response.User)
			}
		})
	}
}

func TestTokens_SecondStart_AcceptsEarlierTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "sa.key")
	first, err := newTokens(file)
	if err != nil {
		t.Fatal(err)
	}
	token := first.sign(claims{NS: "ns", Name: "op", UID: "uid-1", Exp: time.Now().Add(time.Hour).Unix()})

	second, err := newTokens(file)
	if err != nil {
		t.Fatal(err)
	}
	second.accounts = accounts{}

	if _, ok, err := second.AuthenticateToken(t.Context(), token); !ok {
		t.Errorf("refused: %v", err)
	}
}
