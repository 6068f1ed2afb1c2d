package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"sync"
	"time"

	"okoshko/internal/clock"
)

// connections is how many browsers ask at the same time.
const connections = 32

// result is one round of one case.
type result struct {
	pages    int
	rate     float64 // a second
	p99      time.Duration
	allocs   float64       // a page
	cpu      time.Duration // of the server, a page
	bodySize int
}

// load asks an address from all connections for a time. target makes the path of the n-th request of
// a connection.
func load(address, encoding string, target func(conn, n int) string, long time.Duration) (result, error) {
	var (
		mu     sync.Mutex
		all    []time.Duration
		failed error
		size   int
		wg     sync.WaitGroup
	)
	passed := clock.Stopwatch()
	for i := range connections {
		wg.Go(func() {
			took, body, err := talk(address, encoding, func(n int) string { return target(i, n) }, func() bool { return passed() > long })
			mu.Lock()
			defer mu.Unlock()
			all, size, failed = append(all, took...), max(size, body), errors.Join(failed, err)
		})
	}
	wg.Wait()
	if failed != nil || len(all) == 0 {
		return result{}, fmt.Errorf("%d pages: %w", len(all), failed)
	}
	slices.Sort(all)
	return result{
		pages: len(all), rate: float64(len(all)) / passed().Seconds(), p99: all[len(all)*99/100], bodySize: size,
	}, nil
}

// talk asks over one connection, one page after the other, as cheaply as it can: what the generator
// spends, the server lacks.
func talk(address, encoding string, target func(n int) string, over func() bool) (took []time.Duration, size int, err error) {
	conn, err := net.Dial("tcp", address) //nolint:noctx // lives as long as the round
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = conn.Close() }()
	in := make([]byte, 128<<10)
	var request []byte
	last := ""
	for n := 0; ; n++ {
		if over() {
			return took, size, nil
		}
		if path := target(n); path != last {
			last = path
			request = fmt.Appendf(request[:0], "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: %s\r\n\r\n", path, address, encoding)
		}
		waited := clock.Stopwatch()
		if _, err := conn.Write(request); err != nil {
			return took, size, err
		}
		if size, err = readAnswer(conn, in, encoding); err != nil {
			return took, size, fmt.Errorf("%s: %w", last, err)
		}
		took = append(took, waited())
	}
}

var (
	good       = []byte("HTTP/1.1 200 ")
	lineEnd    = []byte("\r\n")
	headEnd    = []byte("\r\n\r\n")
	lengthIs   = []byte("\r\nContent-Length: ")
	encodingIs = []byte("\r\nContent-Encoding: ")
)

// readAnswer reads a 200 into a buffer that holds all of it, and looks at no more than it must.
func readAnswer(conn io.Reader, in []byte, encoding string) (size int, err error) {
	got, head := 0, -1
	for head < 0 {
		n, err := conn.Read(in[got:])
		if err != nil {
			return 0, err
		}
		got += n
		head = bytes.Index(in[:got], headEnd)
	}
	if !bytes.HasPrefix(in, good) {
		return 0, fmt.Errorf("answer %.40q", in[:head])
	}
	size, err = strconv.Atoi(string(valueOf(in[:head], lengthIs)))
	if err != nil {
		return 0, err
	}
	if as := valueOf(in[:head], encodingIs); size > 1000 && string(as) != encoding && (len(as) > 0 || encoding != "identity") {
		return 0, fmt.Errorf("body of %d bytes comes as %q, want %s", size, as, encoding)
	}
	for whole := head + len(headEnd) + size; got < whole; {
		n, err := conn.Read(in[got:])
		if err != nil {
			return 0, err
		}
		got += n
	}
	return size, nil
}

// valueOf is the value of a header, spelled as fasthttp does.
func valueOf(head, name []byte) []byte {
	_, value, _ := bytes.Cut(head, name)
	value, _, _ = bytes.Cut(value, lineEnd)
	return value
}
