// Verifiers of the record that nobody here wrote, behind one command line each. Exit code 0: all is as it
// should be; 1: the verifier found something, and says what.
//
//	verifiers tlog DIR VKEY               golang.org/x/mod: checkpoint, all tiles, all entries
//	verifiers torchwood DIR POLICY        filippo.io/torchwood: checkpoint under a policy, all entries
//	verifiers fsck DIR|URL VKEY           transparency-dev/tessera: rebuilds the tree
//	verifiers proof FILE POLICY           filippo.io/torchwood: an offline proof of the entry that it carries
//	verifiers consistency OLD NEW DIR VKEY    golang.org/x/mod: a proof from checkpoint to checkpoint
//	verifiers witness VKEY                transparency-dev/witness: serves one, on a port that it prints
package main

import (
	"fmt"
	"os"
)

var commands = map[string]func(arguments []string) error{
	"tlog": checkTlog, "torchwood": checkTorchwood, "fsck": checkFsck, "proof": checkProof,
	"consistency": checkConsistency, "witness": serveWitness,
}

var counts = map[string]int{"tlog": 2, "torchwood": 2, "fsck": 2, "proof": 2, "consistency": 4, "witness": 1}

func main() {
	if len(os.Args) < 2 || commands[os.Args[1]] == nil || len(os.Args)-2 != counts[os.Args[1]] {
		fmt.Fprintln(os.Stderr, "usage: see main.go")
		os.Exit(2)
	}
	if err := commands[os.Args[1]](os.Args[2:]); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}
