package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"

	formats "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/witness/persistence/inmemory"
	"github.com/transparency-dev/witness/witness"
	"golang.org/x/mod/sumdb/note"
)

// makeSigner makes a new key, and says what others know it by.
func makeSigner() (note.Signer, string, error) {
	secret, public, err := note.GenerateKey(rand.Reader, "witness.example/w")
	if err != nil {
		return nil, "", err
	}
	signer, err := formats.NewSignerForCosignatureV1(secret)
	if err != nil {
		return nil, "", err
	}
	public, err = formats.VKeyToCosignatureV1(public)
	return signer, public, err
}

// serveWitness prints its verifier key and URL, and serves until it is killed. It forgets all then.
func serveWitness(arguments []string) error {
	verifier, err := note.NewVerifier(arguments[0])
	if err != nil {
		return err
	}
	signer, public, err := makeSigner()
	if err != nil {
		return err
	}
	one, err := witness.New(context.Background(), witness.Opts{
		Persistence: inmemory.New(),
		Signers:     []note.Signer{signer},
		VerifierForLog: func(_ context.Context, origin string) (note.Verifier, bool, error) {
			return verifier, origin == verifier.Name(), nil
		},
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("%s http://%s\n", public, listener.Addr())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /add-checkpoint", func(w http.ResponseWriter, r *http.Request) {
		reply := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		witness.NewHTTPHandler(one).AddCheckpoint(reply, r)
		fmt.Println(reply.status)
	})
	return http.Serve(listener, mux)
}

// statusWriter remembers what was answered.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
