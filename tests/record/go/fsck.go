package main

import (
	"context"
	"flag"
	"fmt"
	"net/url"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
	"k8s.io/klog/v2"
)

func hashBundle(data []byte) ([][]byte, error) {
	bundle := api.EntryBundle{}
	if err := bundle.UnmarshalText(data); err != nil {
		return nil, err
	}
	var hashes [][]byte
	for _, entry := range bundle.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}

// checkFsck may hang on a log that was tampered with: run it under a time limit.
func checkFsck(arguments []string) error {
	flags := flag.NewFlagSet("klog", flag.PanicOnError)
	klog.InitFlags(flags)
	flags.Set("logtostderr", "false")
	flags.Set("stderrthreshold", "FATAL")
	verifier, err := note.NewVerifier(arguments[1])
	if err != nil {
		return err
	}
	var log fsck.Fetcher = client.FileFetcher{Root: arguments[0]}
	if address, err := url.Parse(arguments[0]); err == nil && address.Scheme == "http" {
		if log, err = client.NewHTTPFetcher(address, nil); err != nil {
			return err
		}
	}
	check := fsck.New(verifier.Name(), verifier, log, hashBundle, fsck.Opts{N: 2})
	if err := check.Check(context.Background()); err != nil {
		return err
	}
	fmt.Println("good")
	return nil
}
