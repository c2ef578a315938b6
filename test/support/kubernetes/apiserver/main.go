// Command apiserver is a Kubernetes API server with its etcd inside, for tests. It takes the flags of kube-apiserver but
// --etcd-servers, which it sets itself; the first argument is the folder of etcd's data. No kubelet, no controllers:
// objects are checked and stored, pods do not run.
package main

import (
	"fmt"
	"net/url"
	"os"
	"time"
	_ "time/tzdata"

	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() {
	if len(os.Args) < 2 {
		fail("usage: apiserver ETCD_FOLDER [flags of kube-apiserver]")
	}
	go endWithParent(os.Getppid())
	store, err := startEtcd(os.Args[1])
	if err != nil {
		fail("etcd: " + err.Error())
	}
	defer store.Close()
	command := app.NewAPIServerCommand()
	command.SetArgs(append(os.Args[2:], "--etcd-servers=http://"+store.Clients[0].Addr().String()))
	os.Exit(cli.Run(command))
}

// startEtcd lets the system choose the ports, so that several can run on one machine.
func startEtcd(folder string) (*embed.Etcd, error) {
	anyPort := []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	config := embed.NewConfig()
	config.Dir = folder
	config.LogLevel = "error"
	config.ListenClientUrls, config.AdvertiseClientUrls = anyPort, anyPort
	config.ListenPeerUrls, config.AdvertisePeerUrls = anyPort, anyPort
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.UnsafeNoFsync = true
	store, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	<-store.Server.ReadyNotify()
	return store, nil
}

// endWithParent keeps a test run that is killed from leaving a server behind.
func endWithParent(parent int) {
	for os.Getppid() == parent {
		time.Sleep(time.Second)
	}
	os.Exit(1)
}

func fail(message string) {
	fmt.Fprintln(os.Stderr, message)
	os.Exit(1)
}
