package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// connections is how many browsers ask at the same time.
const connections = 32

// result is one round of one case.
type result struct {
	pages    int
	rate     float64 // a second
	p99      time.Duration
	allocs   float64 // a page
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
	end := time.Now().Add(long)
	for i := range connections {
		wg.Go(func() {
			took, body, err := talk(address, encoding, func(n int) string { return target(i, n) }, end)
			mu.Lock()
			defer mu.Unlock()
			all, size, failed = append(all, took...), max(size, body), errors.Join(failed, err)
		})
	}
	start := time.Now()
	wg.Wait()
	if failed != nil || len(all) == 0 {
		return result{}, fmt.Errorf("%d pages: %w", len(all), failed)
	}
	slices.Sort(all)
	return result{
		pages: len(all), rate: float64(len(all)) / time.Since(start).Seconds(), p99: all[len(all)*99/100], bodySize: size,
	}, nil
}

// talk asks over one connection, one page after the other, as cheaply as it can: what the generator
// spends, the server lacks.
func talk(address, encoding string, target func(n int) string, end time.Time) (took []time.Duration, size int, err error) {
	conn, err := net.Dial("tcp", address) //nolint:noctx // lives as long as the round
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = conn.Close() }()
	in := bufio.NewReaderSize(conn, 64<<10)
	var request []byte
	last := ""
	for n := 0; ; n++ {
		start := time.Now()
		if start.After(end) {
			return took, size, nil
		}
		if path := target(n); path != last {
			last = path
			request = fmt.Appendf(request[:0], "GET %s HTTP/1.1\r\nHost: %s\r\nAccept-Encoding: %s\r\n\r\n", path, address, encoding)
		}
		if _, err := conn.Write(request); err != nil {
			return took, size, err
		}
		if size, err = readAnswer(in, encoding); err != nil {
			return took, size, fmt.Errorf("%s: %w", last, err)
		}
		took = append(took, time.Since(start))
	}
}

var (
	lengthName   = []byte("content-length:")
	encodingName = []byte("content-encoding:")
)

// readAnswer reads a 200 and throws its body away.
func readAnswer(in *bufio.Reader, encoding string) (size int, err error) {
	status, err := in.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if !bytes.Contains(status, []byte(" 200 ")) {
		return 0, fmt.Errorf("answer %q", strings.TrimSpace(string(status)))
	}
	size = -1
	got := "identity"
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if v, ok := cutFold(line, lengthName); ok {
			if size, err = strconv.Atoi(string(v)); err != nil {
				return 0, err
			}
		} else if v, ok := cutFold(line, encodingName); ok {
			got = string(v)
		}
	}
	if size < 0 || size > 1000 && got != encoding {
		return 0, fmt.Errorf("body of %d bytes comes as %s, want %s", size, got, encoding)
	}
	_, err = in.Discard(size)
	return size, err
}

func cutFold(line, name []byte) ([]byte, bool) {
	if len(line) < len(name) || !bytes.EqualFold(line[:len(name)], name) {
		return nil, false
	}
	return bytes.TrimSpace(line[len(name):]), true
}
