package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"registrard/store/storetest"
)

var screenshots = flag.Bool("screenshots", false, "write docs/images anew")

// TestPageInABrowser looks at the node's page with Chromium: what changes is
// shown without a reload, search and paging work, nothing that a phone sent runs,
// nothing comes from elsewhere, and it fits a phone.
func TestPageInABrowser(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	n := startNode(t, db.URL)
	url := "http://" + n.addr("admin")
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Pool.Exec(context.Background(), sql, args...); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
	contact := `INSERT INTO ps_contacts (id, uri, endpoint, user_agent, reg_server, expiration_time, transport, source_addr, source_port, registered_at)
		VALUES ($1 || '^3B@x', 'sip:' || $1 || '@192.0.2.1:5060', $1, $2, 'node-1', extract(epoch FROM now())::bigint + 3600, $3, $4, 5060, now())`
	p := browse(t)
	p.look(1200, 800, "light", false)
	p.open(url + "/")
	p.sees("nobody is registered", `document.querySelector('#list').textContent.includes('Nobody is registered')`)
	p.sees("the page is live", `document.documentElement.dataset.live === 'yes'`)

	p.eval(`window.before = 'still here'`)
	exec(contact, "6001", "<script>alert(1)</script><img src=x onerror=alert(2)>\x1b[2J", "udp", "10.0.0.5")
	p.sees("a phone that registers appears", `document.querySelector('#list').textContent.includes('<script>alert(1)</script>')`)
	p.sees("the count follows", `/1 registered, udp 1/.test(document.querySelector('.status').textContent)`)
	exec(`DELETE FROM ps_contacts`)
	p.sees("a phone that is gone disappears", `document.querySelector('#list').textContent.includes('Nobody is registered')`)

	for i := range 120 {
		exec(contact, fmt.Sprint(7000+i), "Phone "+fmt.Sprint(i), "tls", "192.0.2.7")
	}
	p.sees("the first page has 50 rows", `document.querySelectorAll('tbody tr').length === 50`)
	p.eval(`document.querySelector('#next').click()`)
	p.sees("the next page follows", `document.querySelector('tbody tr')?.textContent.includes('7050')`)
	p.sees("it is live too", `document.querySelector('#live').getAttribute('sse-connect').includes('after=')`)
	p.eval(`history.back()`)
	p.sees("back is the first page again", `document.querySelector('tbody tr')?.textContent.includes('7000') && !location.search`)
	p.eval(`window.before = 'still here'`)

	p.eval(`(q => { q.value = '7077'; q.dispatchEvent(new Event('input', {bubbles: true})) })(document.querySelector('#q'))`)
	p.sees("what is typed is searched", `document.querySelectorAll('tbody tr').length === 1 && location.search.includes('q=7077')`)
	exec(contact, "70771", "Late", "tcp", "192.0.2.8")
	p.sees("what is found later appears", `document.querySelectorAll('tbody tr').length === 2`)
	exec(contact, "8000", "Elsewhere", "tcp", "192.0.2.8")
	if p.eval(`window.before`) != "still here" {
		t.Error("the page was loaded again")
	}
	p.eval(`(q => { q.value = '192.0.2.8'; q.dispatchEvent(new Event('input', {bubbles: true})) })(document.querySelector('#q'))`)
	p.sees("an address is searched among the sources", `document.querySelectorAll('tbody tr').length === 2 && document.querySelector('#list').textContent.includes('8000')`)

	for _, path := range []string{"/nodes", "/endpoints", "/aors", "/bans", "/failures", "/problems", "/?aor=7000"} {
		p.open(url + path)
		for _, width := range []int{1200, 360} {
			p.look(width, 800, "light", width < 500)
			p.sees(fmt.Sprintf("%s fits %d", path, width), `document.documentElement.scrollWidth <= innerWidth`)
		}
	}
	p.look(1200, 800, "light", false)
	light := p.eval(`getComputedStyle(document.body).backgroundColor`)
	p.look(1200, 800, "dark", false)
	p.sees("dark is another ground", fmt.Sprintf(`getComputedStyle(document.body).backgroundColor !== %q`, light))
	for _, c := range p.complaints() {
		// Lists whose migration isn't there are answered with 404, by design.
		if !strings.Contains(c, "/bans") && !strings.Contains(c, "/failures") && !strings.Contains(c, "/problems") {
			t.Errorf("the browser complains: %s", c)
		}
	}

	n.stop()
	p.sees("a node that is gone is told", `document.documentElement.dataset.live === 'no'`)
}

// TestPageAsksForAPassword: a node that others can reach.
func TestPageAsksForAPassword(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	n := startNode(t, db.URL, "REGISTRARD_ADMIN_LISTEN=0.0.0.0:0", "REGISTRARD_ADMIN_TOKEN=0123456789abcdef")
	_, port, _ := strings.Cut(strings.TrimPrefix(n.addr("admin"), "[::]"), ":")
	url := "http://127.0.0.1:" + port
	resp, err := http.Get(url + "/")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 401 {
		t.Errorf("status %d", resp.StatusCode)
	}
	p := browse(t)
	p.do("Network.setExtraHTTPHeaders", map[string]any{"headers": map[string]string{
		"Authorization": "Basic " + base64.StdEncoding.EncodeToString([]byte("whoever:0123456789abcdef"))}}, nil)
	p.open(url + "/nodes")
	p.sees("the node is there", `document.querySelector('#list').textContent.includes('node-1')`)
	p.sees("and it is live", `document.documentElement.dataset.live === 'yes'`)
}

// TestScreenshots makes those of the README. Without -screenshots it only holds
// that they can be made, and that those in docs/images are pictures of this size.
func TestScreenshots(t *testing.T) {
	t.Parallel()
	db := storetest.New(t)
	n := startNode(t, db.URL, "REGISTRARD_NODE_NAME=sip-a")
	text, err := os.ReadFile("testdata/screenshots.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Pool.Exec(context.Background(), string(text)); err != nil {
		t.Fatal(err)
	}
	p := browse(t)
	for _, shot := range []struct {
		name, path, scheme string
		width, height      int
	}{
		{"registrations-light", "/", "light", 1180, 560},
		{"registrations-dark", "/", "dark", 1180, 560},
		{"registrations-phone", "/?q=snom", "light", 390, 700},
		{"nodes-dark", "/nodes", "dark", 1180, 360},
		{"failures-light", "/failures", "light", 1180, 470},
	} {
		p.look(shot.width, shot.height, shot.scheme, shot.width < 500)
		p.open("http://" + n.addr("admin") + shot.path)
		p.sees("the count is there", `/registered/.test(document.querySelector('.status').textContent) && document.documentElement.dataset.live === 'yes'`)
		picture := p.picture()
		file := filepath.Join("../../docs/images", shot.name+".png")
		if *screenshots {
			if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for what, b := range map[string][]byte{"made": picture, "kept": kept} {
			c, err := png.DecodeConfig(bytes.NewReader(b))
			if err != nil || c.Width != shot.width || c.Height != shot.height || len(b) > 150<<10 {
				t.Errorf("%s, as %s: %dx%d, %d bytes, %v", shot.name, what, c.Width, c.Height, len(b), err)
			}
		}
	}
}
