package e2e

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// tab is a page in headless Chromium, driven by its DevTools protocol.
type tab struct {
	t    *testing.T
	conn *websocket.Conn

	mu      sync.Mutex
	next    int
	waiting map[int]chan devtoolsAnswer
	wrong   []string // what the page complained about
}

type devtoolsAnswer struct {
	Result json.RawMessage
	Error  *struct{ Message string }
}

// browse starts Chromium and opens an empty page in it.
func browse(t *testing.T) *tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		path, err = exec.LookPath("chromium-browser")
	}
	if err != nil {
		t.Fatalf("chromium is not installed; make setup installs it: %v", err)
	}
	profile, err := os.MkdirTemp("", "registrard-chromium-")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append(chromium, "--user-data-dir="+profile, "--remote-debugging-port=0", "--hide-scrollbars", "about:blank")...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // it has children, which write to its profile
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
		eventually(t, 10*time.Second, "Chromium's profile is removed", func() bool { return os.RemoveAll(profile) == nil })
	})
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(stderr)
		for lines.Scan() {
			if _, url, ok := strings.Cut(lines.Text(), "DevTools listening on "); ok {
				found <- url
			}
		}
	}()
	var url string
	select {
	case url = <-found:
	case <-time.After(60 * time.Second):
		t.Fatal("Chromium doesn't start within 60 s")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	browser := &tab{t: t, waiting: map[int]chan devtoolsAnswer{}}
	if browser.conn, _, err = websocket.Dial(ctx, url, nil); err != nil {
		t.Fatal(err)
	}
	browser.conn.SetReadLimit(64 << 20)
	go browser.read()
	var target struct{ TargetID string }
	browser.do("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	browser.conn.Close(websocket.StatusNormalClosure, "")

	p := &tab{t: t, waiting: map[int]chan devtoolsAnswer{}}
	host := strings.SplitN(strings.TrimPrefix(url, "ws://"), "/", 2)[0]
	if p.conn, _, err = websocket.Dial(ctx, "ws://"+host+"/devtools/page/"+target.TargetID, nil); err != nil {
		t.Fatal(err)
	}
	p.conn.SetReadLimit(64 << 20)
	t.Cleanup(func() { p.conn.CloseNow() })
	go p.read()
	for _, domain := range []string{"Page", "Runtime", "Log", "Network"} {
		p.do(domain+".enable", nil, nil)
	}
	return p
}

// read hands answers to those who wait, and keeps complaints.
func (p *tab) read() {
	for {
		_, text, err := p.conn.Read(context.Background())
		if err != nil {
			return
		}
		var m struct {
			devtoolsAnswer
			ID     int
			Method string
			Params json.RawMessage
		}
		if json.Unmarshal(text, &m) != nil {
			continue
		}
		p.mu.Lock()
		switch {
		case m.ID != 0:
			p.waiting[m.ID] <- m.devtoolsAnswer
			delete(p.waiting, m.ID)
		case m.Method == "Runtime.exceptionThrown", m.Method == "Page.javascriptDialogOpening":
			p.wrong = append(p.wrong, m.Method+" "+string(m.Params))
		case m.Method == "Log.entryAdded" && (strings.Contains(string(m.Params), `"level":"error"`) || strings.Contains(string(m.Params), `"source":"security"`)):
			p.wrong = append(p.wrong, string(m.Params))
		}
		p.mu.Unlock()
	}
}

// do calls a method of the protocol.
func (p *tab) do(method string, params, result any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	got := make(chan devtoolsAnswer, 1)
	p.mu.Lock()
	p.next++
	id := p.next
	p.waiting[id] = got
	p.mu.Unlock()
	text, err := json.Marshal(map[string]any{"id": id, "method": method, "params": params})
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.conn.Write(ctx, websocket.MessageText, text); err != nil {
		p.t.Fatalf("%s: %v", method, err)
	}
	select {
	case a := <-got:
		if a.Error != nil {
			p.t.Fatalf("%s: %s", method, a.Error.Message)
		}
		if result != nil {
			if err := json.Unmarshal(a.Result, result); err != nil {
				p.t.Fatalf("%s: %v", method, err)
			}
		}
	case <-ctx.Done():
		p.t.Fatalf("%s: no answer within 30 s", method)
	}
}

// eval is the value of an expression on the page, as text.
func (p *tab) eval(expression string) string {
	p.t.Helper()
	var got struct {
		Result           struct{ Value any }
		ExceptionDetails *struct{ Text string }
	}
	p.do("Runtime.evaluate", map[string]any{"expression": "String(" + expression + ")", "returnByValue": true, "awaitPromise": true}, &got)
	if got.ExceptionDetails != nil {
		p.t.Fatalf("%s: %s", expression, got.ExceptionDetails.Text)
	}
	return fmt.Sprint(got.Result.Value)
}

// sees waits until an expression is true on the page.
func (p *tab) sees(what, expression string) {
	p.t.Helper()
	eventually(p.t, time.Minute, what, func() bool { return p.eval("!!("+expression+")") == "true" })
}

// open goes to a URL and waits until the page is there.
func (p *tab) open(url string) {
	p.t.Helper()
	p.do("Page.navigate", map[string]any{"url": url}, nil)
	p.sees(url+" is loaded", fmt.Sprintf("location.href.startsWith(%q) && document.readyState === 'complete' && window.htmx", url))
}

// look sets the size of the window and the scheme of colours that it prefers.
func (p *tab) look(width, height int, scheme string, phone bool) {
	p.do("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}, nil)
	p.do("Emulation.setEmulatedMedia", map[string]any{"features": []map[string]string{{"name": "prefers-color-scheme", "value": scheme}}}, nil)
}

// picture is what the window shows, as PNG.
func (p *tab) picture() []byte {
	var shot struct{ Data string }
	p.do("Page.captureScreenshot", map[string]any{"format": "png"}, &shot)
	png, err := base64.StdEncoding.DecodeString(shot.Data)
	if err != nil {
		p.t.Fatal(err)
	}
	return png
}

// complaints are errors of scripts, of the network and of the content security
// policy so far.
func (p *tab) complaints() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wrong
}
