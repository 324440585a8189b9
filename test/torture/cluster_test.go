//go:build torture

package torture

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"registrard/test/rig"
)

// cluster is three PostgreSQL under Patroni, with one etcd, in strict
// synchronous mode, on addresses of the loopback.
type cluster struct {
	t     *testing.T
	dir   string
	etcd  *rig.Process
	nodes []*member
}

// member is one Patroni with its PostgreSQL.
type member struct {
	name, host, dir string
	patroni         *rig.Process
}

const (
	clusterPort = 5501
	restPort    = 8018
	etcdPort    = 12379
)

func startCluster(t *testing.T) *cluster {
	t.Helper()
	dir, err := os.MkdirTemp("", "registrard-torture-patroni-")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, dir: dir}
	t.Cleanup(func() { c.end(); os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"etcd", "n1", "n2", "n3"} {
		if err := rig.GiveTo("postgres", filepath.Join(dir, d)); err != nil {
			t.Fatal(err)
		}
	}
	client := fmt.Sprintf("http://127.0.0.21:%d", etcdPort)
	peer := fmt.Sprintf("http://127.0.0.21:%d", etcdPort+1)
	c.etcd = c.run(rig.Program{Name: "etcd", User: "postgres", Args: []string{"etcd", "--name", "e", "--enable-v2=true",
		"--data-dir", filepath.Join(dir, "etcd"), "--heartbeat-interval", "100", "--election-timeout", "500",
		"--listen-client-urls", client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
		"--initial-advertise-peer-urls", peer, "--initial-cluster", "e=" + peer}})
	c.await(20*time.Second, "etcd is healthy", func() bool { return status(client+"/health") == 200 })
	post := filepath.Join(dir, "post.sh")
	script := fmt.Sprintf("#!/bin/sh\nexec psql -v ON_ERROR_STOP=1 -d \"$1\" -c \"CREATE ROLE %s LOGIN PASSWORD '%s'\" -c 'CREATE DATABASE %s OWNER %s'\n",
		rig.Role, rig.RolePassword, rig.Database, rig.Role)
	if err := os.WriteFile(post, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		m := &member{name: fmt.Sprintf("n%d", i+1), host: fmt.Sprintf("127.0.0.%d", 11+i), dir: filepath.Join(dir, fmt.Sprintf("n%d", i+1))}
		c.nodes = append(c.nodes, m)
		if err := os.WriteFile(m.config(), []byte(c.yaml(m)), 0o644); err != nil {
			t.Fatal(err)
		}
		c.start(m)
		if i == 0 {
			c.await(40*time.Second, "there is a primary", func() bool { return c.primary() != nil })
		}
	}
	c.awaitHealthy(60 * time.Second)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := rig.Provision(ctx, c.url(), steadyUsers, singleUsers); err != nil {
		t.Fatal(err)
	}
	return c
}

func (m *member) config() string { return filepath.Join(m.dir, "patroni.yml") }

func (m *member) rest(path string) string {
	return fmt.Sprintf("http://%s:%d%s", m.host, restPort, path)
}

func (c *cluster) run(p rig.Program) *rig.Process {
	c.t.Helper()
	proc, err := rig.Start(p)
	if err != nil {
		c.t.Fatal(err)
	}
	return proc
}

func (c *cluster) start(m *member) {
	c.t.Helper()
	// A server that was killed left this behind, and its number may be another's.
	_ = os.Remove(filepath.Join(m.dir, "data", "postmaster.pid"))
	m.patroni = c.run(rig.Program{Name: "patroni " + m.name, User: "postgres", Args: []string{"patroni", m.config()},
		Env: []string{"HOME=" + m.dir, "PATH=/usr/lib/postgresql/15/bin:" + os.Getenv("PATH")}, Dir: m.dir})
}

func (c *cluster) yaml(m *member) string {
	return fmt.Sprintf(`scope: reg
name: %[1]s
restapi: {listen: "%[2]s:%[3]d", connect_address: "%[2]s:%[3]d"}
etcd: {hosts: "127.0.0.21:%[4]d", use_proxies: true}
bootstrap:
  dcs:
    ttl: 20
    loop_wait: 2
    retry_timeout: 3
    primary_start_timeout: 0
    maximum_lag_on_failover: 1048576
    synchronous_mode: true
    synchronous_mode_strict: true
    failsafe_mode: true
    postgresql:
      use_pg_rewind: true
      use_slots: true
      parameters: {max_connections: 80, shared_buffers: 32MB, wal_log_hints: "on", wal_keep_size: 64MB,
        max_wal_size: 256MB, min_wal_size: 64MB, wal_sender_timeout: 5s, wal_receiver_timeout: 5s,
        wal_receiver_status_interval: 1s, wal_retrieve_retry_interval: 500ms, tcp_user_timeout: 5000}
  initdb: [{encoding: UTF8}, {locale: C.UTF-8}, data-checksums]
  post_bootstrap: %[5]s/post.sh
postgresql:
  listen: "%[2]s:%[6]d"
  connect_address: "%[2]s:%[6]d"
  use_unix_socket: true
  parameters: {unix_socket_directories: "%[7]s"}
  data_dir: %[7]s/data
  bin_dir: /usr/lib/postgresql/15/bin
  pgpass: %[7]s/pgpass
  create_replica_methods: [basebackup]
  basebackup: [{checkpoint: fast}]
  authentication: {superuser: {username: postgres, password: pg}, replication: {username: repl, password: repl}, rewind: {username: rew, password: rew}}
  pg_hba: [local all all trust, host replication repl 127.0.0.0/8 scram-sha-256, host all all 127.0.0.0/8 scram-sha-256]
watchdog: {mode: "off"}
`, m.name, m.host, restPort, etcdPort, c.dir, clusterPort, m.dir)
}

// url is the DSN with all three hosts.
func (c *cluster) url() string {
	return fmt.Sprintf("postgres://%s:%s@127.0.0.11:%[3]d,127.0.0.12:%[3]d,127.0.0.13:%[3]d/%s?sslmode=disable&target_session_attrs=read-write&connect_timeout=2",
		rig.Role, rig.RolePassword, clusterPort, rig.Database)
}

// pool asks the primary, whoever it is.
func (c *cluster) pool() *pgxpool.Pool {
	c.t.Helper()
	pool, err := pgxpool.New(context.Background(), c.url())
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(pool.Close)
	return pool
}

func status(url string) int {
	client := http.Client{Timeout: time.Second}
	res, err := client.Get(url)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

func (c *cluster) with(path string) (found []*member) {
	for _, m := range c.nodes {
		if status(m.rest(path)) == 200 {
			found = append(found, m)
		}
	}
	return found
}

func (c *cluster) primary() *member {
	if all := c.with("/primary"); len(all) == 1 {
		return all[0]
	}
	return nil
}

// awaitHealthy waits for a primary, its synchronous standby, and the third.
func (c *cluster) awaitHealthy(within time.Duration) {
	c.t.Helper()
	c.await(within, "the cluster is whole", func() bool {
		return c.primary() != nil && len(c.with("/sync")) == 1 && len(c.with("/replica")) == 2
	})
}

func (c *cluster) await(within time.Duration, what string, holds func() bool) {
	c.t.Helper()
	if err := rig.Within(within, what, holds); err != nil {
		for _, m := range c.nodes {
			c.t.Logf("Patroni %s:\n%s", m.name, tail(m.patroni.Log(), 15))
		}
		c.t.Fatal(err)
	}
}

// postmaster is the process id of a member's server, 0 for none.
func (m *member) postmaster() int {
	b, err := os.ReadFile(filepath.Join(m.dir, "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	var pid int
	if _, err := fmt.Sscan(string(b), &pid); err != nil {
		return 0
	}
	return pid
}

// signal sends s to a member's Patroni and server; the server isn't always
// below Patroni in the tree of processes.
func (m *member) signal(s syscall.Signal) {
	pid := m.postmaster()
	rig.SignalFamily(m.patroni.Pid(), s)
	if pid != 0 {
		rig.SignalFamily(pid, s)
	}
}

func (c *cluster) switchover(from, to *member) {
	c.t.Helper()
	cmd := exec.Command("patronictl", "-c", from.config(), "switchover", "reg", "--master", from.name, "--candidate", to.name, "--force")
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "LANG=C.UTF-8")
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "Successfully") {
		c.t.Fatalf("switchover: %v\n%s", err, out)
	}
}

func (c *cluster) end() {
	for _, m := range c.nodes {
		m.signal(syscall.SIGCONT)
		m.signal(syscall.SIGKILL)
	}
	if c.etcd != nil {
		c.etcd.Kill()
	}
}
