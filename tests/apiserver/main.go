// Command apiserver serves a small but real Kubernetes API: custom resource definitions by apiextensions-apiserver,
// and the built-in kinds that an operator touches by the generic registry of k8s.io/apiserver, stored in etcd.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/klog/v2"
)

// stopLimit is how long open requests may hold up a stop.
const stopLimit = 3 * time.Second

func main() {
	klog.InitFlags(nil)
	var o options
	flag.IntVar(&o.port, "port", 0, "port on 127.0.0.1; 0: a free one")
	flag.StringVar(&o.data, "data", "", "folder for keys, tokens and etcd's data; empty: a temporary one, removed at the end")
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "where to write the kubeconfig; empty: kubeconfig in the data folder")
	flag.Var(&o.users, "user", "a further user, name or name:group,group; each has a context of that name in the kubeconfig (repeatable)")
	stdin := flag.Bool("stop-on-stdin-eof", false, "stop when stdin ends: when the process that holds its other end is gone, however it went")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "unexpected argument:", flag.Arg(0))
		os.Exit(2)
	}

	// When the parent was killed nobody reads stdout and stderr: that must not end this before it has cleaned up.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := context.WithCancel(genericapiserver.SetupSignalContext())
	if *stdin {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	if err := start(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "apiserver:", err)
		os.Exit(1)
	}
}

type options struct {
	port       int
	data       string
	kubeconfig string
	users      userList
}

// start makes the data folder and everything in it, serves until ctx ends, and leaves nothing of a temporary folder.
func start(ctx context.Context, o options) (err error) {
	if o.data == "" {
		if o.data, err = os.MkdirTemp("", "apiserver-"); err != nil {
			return err
		}
		defer os.RemoveAll(o.data)
	} else if err := os.MkdirAll(o.data, 0o700); err != nil {
		return err
	}
	if o.data, err = filepath.Abs(o.data); err != nil {
		return err
	}
	if o.kubeconfig == "" {
		o.kubeconfig = filepath.Join(o.data, "kubeconfig")
	}

	etcd, stopEtcd, err := startEtcd(filepath.Join(o.data, "etcd"))
	if err != nil {
		return err
	}
	defer stopEtcd()
	users, err := loadUsers(filepath.Join(o.data, "users.csv"), o.users)
	if err != nil {
		return err
	}
	s, err := newServer(serverConfig{etcd: etcd, port: o.port, data: o.data, users: users})
	if err != nil {
		return err
	}
	if err := writeKubeconfig(o.kubeconfig, s.url, s.caFile, users); err != nil {
		return err
	}

	served := make(chan error, 1)
	go func() { served <- s.run(ctx) }()
	ready, err := s.waitReady(ctx, served)
	if ready {
		// One line for people and programs; the path comes last and runs to the end of the line.
		fmt.Printf("ready url=%s kubeconfig=%s\n", s.url, o.kubeconfig)
		select {
		case err = <-served:
		case <-ctx.Done():
			select {
			case err = <-served:
			case <-time.After(stopLimit):
			}
		}
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
