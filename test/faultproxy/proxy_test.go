package faultproxy

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"
)

// echo is a server that answers with what it got.
func echo(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { defer c.Close(); _, _ = io.Copy(c, c) }()
		}
	}()
	return l.Addr().String()
}

func connect(t *testing.T, p *Proxy) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ask sends a byte and waits for it to come back.
func ask(c net.Conn, within time.Duration) error {
	if _, err := c.Write([]byte("x")); err != nil {
		return err
	}
	if err := c.SetReadDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	_, err := io.ReadFull(c, make([]byte, 1))
	return err
}

func TestProxy(t *testing.T) {
	t.Parallel()
	start := func(t *testing.T) *Proxy {
		p, err := New(echo(t))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(p.Close)
		return p
	}
	const soon, long = 100 * time.Millisecond, 10 * time.Second

	t.Run("what is sent comes through", func(t *testing.T) {
		t.Parallel()
		if err := ask(connect(t, start(t)), long); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("a cut ends connections, and new ones until it is passed again", func(t *testing.T) {
		t.Parallel()
		p := start(t)
		c := connect(t, p)
		if err := ask(c, long); err != nil {
			t.Fatal(err)
		}
		p.Set(Cut)
		if err := ask(c, long); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the connection lives: %v", err)
		}
		if err := ask(connect(t, p), long); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a new connection lives: %v", err)
		}
		p.Set(Pass)
		if err := ask(connect(t, p), long); err != nil {
			t.Error(err)
		}
	})
	t.Run("what is swallowed gives no answer and no error, and comes late", func(t *testing.T) {
		t.Parallel()
		p := start(t)
		c := connect(t, p)
		if err := ask(c, long); err != nil {
			t.Fatal(err)
		}
		p.Set(Swallow)
		if err := ask(c, soon); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v, want nothing at all", err)
		}
		if err := ask(connect(t, p), soon); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a new connection got %v, want nothing at all", err)
		}
		p.Set(Pass)
		if err := ask(c, long); err != nil {
			t.Error(err)
		}
	})
	t.Run("what is delayed comes after twice the latency", func(t *testing.T) {
		t.Parallel()
		p := start(t)
		c := connect(t, p)
		p.Latency = 60 * time.Millisecond
		p.Set(Delay)
		sent := time.Now()
		if err := ask(c, long); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(sent); took < 120*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
}
