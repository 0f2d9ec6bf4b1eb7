package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

func readPolicy(path string) (torchwood.Policy, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return torchwood.ParsePolicy(data)
}

func checkTorchwood(arguments []string) error {
	policy, err := readPolicy(arguments[1])
	if err != nil {
		return err
	}
	signed, err := os.ReadFile(filepath.Join(arguments[0], "checkpoint"))
	if err != nil {
		return err
	}
	checkpoint, _, err := torchwood.VerifyCheckpoint(signed, policy)
	if err != nil {
		return err
	}
	tiles, err := torchwood.NewTileFS(os.DirFS(arguments[0]))
	if err != nil {
		return err
	}
	client, err := torchwood.NewClient(tiles)
	if err != nil {
		return err
	}
	seen := int64(0)
	for range client.AllEntries(context.Background(), checkpoint.Tree, 0) {
		seen++
	}
	if client.Err() != nil {
		return client.Err()
	}
	if seen != checkpoint.N {
		return fmt.Errorf("%d entries instead of %d", seen, checkpoint.N)
	}
	fmt.Println(seen)
	return nil
}

func checkProof(arguments []string) error {
	policy, err := readPolicy(arguments[1])
	if err != nil {
		return err
	}
	proof, err := os.ReadFile(arguments[0])
	if err != nil {
		return err
	}
	entry, err := torchwood.ProofExtraData(proof)
	if err != nil {
		return err
	}
	if err := torchwood.VerifyProof(policy, tlog.RecordHash(entry), proof); err != nil {
		return errors.Join(errors.New("the proof is wrong"), err)
	}
	fmt.Println(string(entry))
	return nil
}
