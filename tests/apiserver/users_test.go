package main

import (
	"path/filepath"
	"testing"
)

func TestLoadUsers_SecondStart_KeepsTokens(t *testing.T) {
	file := filepath.Join(t.TempDir(), "users.csv")
	first, err := loadUsers(file, []testUser{{name: "bob", groups: []string{"dev", "ops"}}})
	if err != nil {
		t.Fatal(err)
	}

	second, err := loadUsers(file, []testUser{{name: "eve"}})
	if err != nil {
		t.Fatal(err)
	}

	for i, want := range first {
		if second[i].name != want.name || second[i].token != want.token {
			t.Errorf("user %d: %v, want %v", i, second[i], want)
		}
	}
	if len(second) != 3 || second[2].name != "eve" || second[2].token == first[0].token {
		t.Errorf("users: %v", second)
	}
	if got := second[1].groups; len(got) != 2 || got[1] != "ops" {
		t.Errorf("bob's groups: %v", got)
	}
}
