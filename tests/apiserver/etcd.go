package main

import (
	"fmt"
	"net/url"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

const etcdStartLimit = 20 * time.Second

// startEtcd runs an etcd in this process, on loopback ports that the kernel picks, and returns its client URL.
func startEtcd(dir string) (clientURL string, stop func(), err error) {
	anyPort := []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	c := embed.NewConfig()
	c.Dir, c.LogLevel = dir, "error"
	c.UnsafeNoFsync = true      // a test's data need not survive a power cut
	c.EnableGRPCGateway = false // it would dial the port that was asked for, not the one that was given
	c.ListenClientUrls, c.AdvertiseClientUrls = anyPort, anyPort
	c.ListenPeerUrls, c.AdvertisePeerUrls = anyPort, anyPort
	c.InitialCluster = c.InitialClusterFromName(c.Name)
	e, err := embed.StartEtcd(c)
	if err != nil {
		return "", nil, fmt.Errorf("etcd: %w", err)
	}
	select {
	case <-e.Server.ReadyNotify():
		return "http://" + e.Clients[0].Addr().String(), e.Close, nil
	case err := <-e.Err():
		e.Close()
		return "", nil, fmt.Errorf("etcd: %w", err)
	case <-time.After(etcdStartLimit):
		e.Close()
		return "", nil, fmt.Errorf("etcd did not become ready within %v", etcdStartLimit)
	}
}
