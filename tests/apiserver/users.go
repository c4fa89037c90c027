package main

import (
	"crypto/rand"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"k8s.io/apiserver/pkg/authentication/user"
	clientcmd "k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

const admin = "admin"

// testUser is a person or program with a static bearer token.
type testUser struct {
	name   string
	groups []string
	token  string
}

// userList is the flag -user.
type userList []testUser

func (l *userList) String() string { return "" }

func (l *userList) Set(s string) error {
	name, groups, _ := strings.Cut(s, ":")
	if name == "" {
		return errors.New("a user needs a name")
	}
	u := testUser{name: name}
	if groups != "" {
		u.groups = strings.Split(groups, ",")
	}
	*l = append(*l, u)
	return nil
}

// loadUsers reads the users that an earlier start left in file, so that tokens survive a restart, adds the admin and the
// wanted ones with tokens of their own where they are new, and writes the file back.
func loadUsers(file string, wanted []testUser) ([]testUser, error) {
	users, err := readUsers(file)
	if err != nil {
		return nil, err
	}
	for _, w := range append([]testUser{{name: admin, groups: []string{user.SystemPrivilegedGroup}}}, wanted...) {
		if i := slices.IndexFunc(users, func(u testUser) bool { return u.name == w.name }); i >= 0 {
			users[i].groups = w.groups
			continue
		}
		w.token = newToken()
		users = append(users, w)
	}
	return users, writeUsers(file, users)
}

// The file's columns are those of Kubernetes' static token file without the uid: token, name, groups.
func readUsers(file string) (users []testUser, err error) {
	f, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	for _, row := range rows {
		if len(row) != 3 {
			return nil, fmt.Errorf("%s: want 3 columns, have %d", file, len(row))
		}
		u := testUser{token: row[0], name: row[1]}
		if row[2] != "" {
			u.groups = strings.Split(row[2], ",")
		}
		users = append(users, u)
	}
	return users, nil
}

func writeUsers(file string, users []testUser) error {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	for _, u := range users {
		_ = w.Write([]string{u.token, u.name, strings.Join(u.groups, ",")})
	}
	w.Flush()
	return errors.Join(w.Error(), f.Close())
}

func newToken() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// static maps the users' tokens to who they are.
func static(users []testUser) map[string]*user.DefaultInfo {
	byToken := map[string]*user.DefaultInfo{}
	for _, u := range users {
		byToken[u.token] = &user.DefaultInfo{Name: u.name, UID: u.name, Groups: u.groups}
	}
	return byToken
}

// writeKubeconfig writes a context for each user, the admin's as the current one, with the server's certificate in it.
func writeKubeconfig(file, url, caFile string, users []testUser) error {
	ca, err := os.ReadFile(caFile)
	if err != nil {
		return err
	}
	const cluster = "test"
	c := clientcmdapi.NewConfig()
	c.Clusters[cluster] = &clientcmdapi.Cluster{Server: url, CertificateAuthorityData: ca}
	for _, u := range users {
		c.AuthInfos[u.name] = &clientcmdapi.AuthInfo{Token: u.token}
		c.Contexts[u.name] = &clientcmdapi.Context{Cluster: cluster, AuthInfo: u.name}
	}
	c.CurrentContext = admin
	return clientcmd.WriteToFile(*c, file)
}
