package test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"registrard/config"
)

// object is a document of Kubernetes: what these tests look at, and nothing that
// isn't written in it twice (the parser refuses that).
type object struct {
	Kind     string
	Metadata struct{ Name string }
	Spec     struct {
		Replicas              int
		Selector              any // of a Service a map, else with matchLabels
		Type                  string
		ExternalTrafficPolicy string `yaml:"externalTrafficPolicy"`
		MaxUnavailable        any    `yaml:"maxUnavailable"`
		Ports                 []struct {
			Name, Protocol string
			Port           int
			TargetPort     string `yaml:"targetPort"`
		}
		Template struct {
			Metadata struct{ Labels, Annotations map[string]string }
			Spec     struct {
				TerminationGracePeriodSeconds int `yaml:"terminationGracePeriodSeconds"`
				SecurityContext               struct {
					RunAsNonRoot bool `yaml:"runAsNonRoot"`
				} `yaml:"securityContext"`
				Containers []container
			}
		}
	}
}

type container struct {
	Name, Image string
	Args        []string
	Env         []struct {
		Name, Value string
		ValueFrom   any `yaml:"valueFrom"`
	}
	Ports []struct {
		Name, Protocol string
		ContainerPort  int `yaml:"containerPort"`
	}
	LivenessProbe, ReadinessProbe, StartupProbe probe
	SecurityContext                             struct {
		ReadOnlyRootFilesystem bool `yaml:"readOnlyRootFilesystem"`
	} `yaml:"securityContext"`
}

type probe struct {
	HTTPGet struct{ Path, Port string } `yaml:"httpGet"`
}

// UnmarshalYAML reads the probes by their names, which Go's lower-casing misses.
func (c *container) UnmarshalYAML(n *yaml.Node) error {
	type plain container
	var probes struct {
		Liveness  probe `yaml:"livenessProbe"`
		Readiness probe `yaml:"readinessProbe"`
		Startup   probe `yaml:"startupProbe"`
	}
	if err := errors.Join(n.Decode((*plain)(c)), n.Decode(&probes)); err != nil {
		return err
	}
	c.LivenessProbe, c.ReadinessProbe, c.StartupProbe = probes.Liveness, probes.Readiness, probes.Startup
	return nil
}

// settings is a container's configuration as the node would read it.
func (c *container) settings(t *testing.T) config.Config {
	t.Helper()
	var environ []string
	for _, e := range c.Env {
		value := e.Value
		switch {
		case (e.ValueFrom == nil) == (value == ""):
			t.Errorf("%s: %s needs a value or a valueFrom", c.Name, e.Name)
		case e.Name == "REGISTRARD_DATABASE_URL":
			value = "postgres://u@db/pbx"
		case e.ValueFrom != nil:
			value = "from-elsewhere"
		}
		environ = append(environ, e.Name+"="+value)
	}
	cfg, mistakes := config.Load(nil, environ)
	for _, m := range mistakes {
		t.Errorf("%s: %s", c.Name, m)
	}
	return cfg
}

func TestKubernetes(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../deploy/kubernetes/registrard.yaml")
	if err != nil {
		t.Fatal(err)
	}
	byKind := map[string][]object{}
	for decoder := yaml.NewDecoder(bytes.NewReader(b)); ; {
		var node yaml.Node
		if err := decoder.Decode(&node); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		var o object
		var whole map[string]any // refuses a key that is there twice
		if err := errors.Join(node.Decode(&o), node.Decode(&whole)); err != nil {
			t.Fatal(err)
		}
		if whole["apiVersion"] == nil || o.Kind == "" || o.Metadata.Name == "" {
			t.Errorf("a document has no apiVersion, kind or name: %+v", o)
		}
		byKind[o.Kind] = append(byKind[o.Kind], o)
	}
	if len(byKind["Deployment"]) != 1 || len(byKind["Service"]) != 2 || len(byKind["PodDisruptionBudget"]) != 1 || len(byKind["Job"]) != 1 {
		t.Fatalf("not the objects that are looked at here: %v", byKind)
	}
	deployment := byKind["Deployment"][0]
	pod := deployment.Spec.Template
	node := pod.Spec.Containers[0]
	c := node.settings(t)
	byKind["Job"][0].Spec.Template.Spec.Containers[0].settings(t)
	for _, o := range append(byKind["Job"], deployment) {
		if !o.Spec.Template.Spec.SecurityContext.RunAsNonRoot || !o.Spec.Template.Spec.Containers[0].SecurityContext.ReadOnlyRootFilesystem {
			t.Errorf("%s %s may be root, or write", o.Kind, o.Metadata.Name)
		}
	}

	// What the node listens on is what the pod declares, and what Services reach.
	declared := map[string]string{}
	for _, p := range node.Ports {
		declared[p.Name] = fmt.Sprintf("%s %d", strings.ToLower(p.Protocol), p.ContainerPort)
	}
	listens := map[string]bool{}
	for _, l := range c.Listen {
		_, port, err := net.SplitHostPort(l.Address)
		if err != nil {
			t.Fatal(err)
		}
		network := "tcp"
		if l.Transport == "udp" {
			network = "udp"
		}
		listens[network+" "+port] = true
	}
	_, adminPort, _ := net.SplitHostPort(c.Admin.Listen)
	for _, want := range []string{"tcp " + adminPort} {
		if declared["admin"] != want {
			t.Errorf("admin.listen is %s, the port admin is %s", want, declared["admin"])
		}
	}
	if pod.Metadata.Annotations["prometheus.io/port"] != adminPort {
		t.Errorf("Prometheus is sent to port %s, admin.listen has %s", pod.Metadata.Annotations["prometheus.io/port"], adminPort)
	}
	served := map[string]bool{}
	for _, s := range byKind["Service"] {
		if s.Spec.ExternalTrafficPolicy != "Local" || s.Spec.Type != "LoadBalancer" {
			t.Errorf("Service %s would hide the addresses of phones", s.Metadata.Name)
		}
		for _, p := range s.Spec.Ports {
			to := declared[p.TargetPort]
			if to == "" || !listens[to] || !strings.HasPrefix(to, strings.ToLower(p.Protocol)+" ") {
				t.Errorf("Service %s sends %s to %q, where no listener is", s.Metadata.Name, p.Protocol, p.TargetPort)
			}
			served[to] = true
		}
		checkSelector(t, s, s.Spec.Selector, pod.Metadata.Labels)
	}
	for l := range listens {
		if !served[l] {
			t.Errorf("no Service leads to the listener %s", l)
		}
	}
	for _, o := range []object{deployment, byKind["PodDisruptionBudget"][0]} {
		selector, _ := o.Spec.Selector.(map[string]any)
		checkSelector(t, o, selector["matchLabels"], pod.Metadata.Labels)
	}
	if node.LivenessProbe.HTTPGet.Path != "/livez" || node.StartupProbe.HTTPGet.Path != "/livez" || node.ReadinessProbe.HTTPGet.Path != "/readyz" {
		t.Error("a probe asks for the wrong path: a node that waits for its database must not be killed for it")
	}
	for _, p := range []probe{node.LivenessProbe, node.ReadinessProbe, node.StartupProbe} {
		if p.HTTPGet.Port != "admin" {
			t.Errorf("a probe asks at %q", p.HTTPGet.Port)
		}
	}
	if grace := time.Duration(pod.Spec.TerminationGracePeriodSeconds) * time.Second; grace <= c.Shutdown.Drain.Duration+c.Shutdown.Timeout.Duration {
		t.Errorf("the pod is killed after %s, before it has drained (%s and %s)", grace, c.Shutdown.Drain, c.Shutdown.Timeout)
	}
	if !c.Node.StayReady {
		t.Error("an outage of the database would take all pods out of the Services")
	}
}

// checkSelector fails unless the selector finds pods with those labels.
func checkSelector(t *testing.T, o object, selector any, labels map[string]string) {
	t.Helper()
	m, _ := selector.(map[string]any)
	if len(m) == 0 {
		t.Errorf("%s %s has no selector", o.Kind, o.Metadata.Name)
	}
	for k, v := range m {
		if labels[k] != v {
			t.Errorf("%s %s selects %s=%v; the pods have %q", o.Kind, o.Metadata.Name, k, v, labels[k])
		}
	}
}

func TestSystemdUnit(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../deploy/systemd/registrard.service")
	if err != nil {
		t.Fatal(err)
	}
	unit := map[string][]string{}
	for _, line := range strings.Split(string(b), "\n") {
		if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			unit[key] = append(unit[key], value)
		}
	}
	c, mistakes := config.Load(nil, nil)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	number := func(key string) int {
		n, err := strconv.Atoi(strings.Join(unit[key], ""))
		if err != nil {
			t.Errorf("%s: %v", key, err)
		}
		return n
	}
	if files := number("LimitNOFILE"); files < c.SIP.MaxConnections+200 {
		t.Errorf("LimitNOFILE is %d, sip.max_connections %d", files, c.SIP.MaxConnections)
	}
	if stop := time.Duration(number("TimeoutStopSec")) * time.Second; stop <= c.Shutdown.Drain.Duration+c.Shutdown.Timeout.Duration {
		t.Errorf("it is killed after %s, before it has finished", stop)
	}
	if !slices.Equal(unit["Type"], []string{"notify"}) {
		t.Errorf("Type is %v; serve tells systemd when it listens", unit["Type"])
	}
	program, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("there is no systemd-analyze here: the unit is checked as far as the above")
		return
	}
	// The program need not be installed here.
	file := filepath.Join(t.TempDir(), "registrard.service")
	if err := os.WriteFile(file, bytes.ReplaceAll(b, []byte("/usr/bin/registrard"), []byte("/bin/true")), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(program, "verify", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
	if out, err := exec.Command(program, "security", "--offline=true", "--threshold=25", file).CombinedOutput(); err != nil {
		t.Errorf("systemd-analyze security (0 is tight, 100 is open): %v\n%s", err, out)
	}
}

// TestPackage reads what make package puts together; make package itself looks at
// the result (deploy/package/check.sh).
func TestPackage(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../deploy/package/nfpm.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var p struct {
		Name     string
		Contents []struct{ Src, Dst, Type string }
		Scripts  map[string]string
	}
	if err := yaml.NewDecoder(f).Decode(&p); err != nil {
		t.Fatal(err)
	}
	made := []string{"bin/registrard", "dist/completion.bash"}
	byDst := map[string]string{}
	for _, c := range p.Contents {
		byDst[c.Dst] = c.Type
		if _, err := os.Stat(filepath.Join("..", c.Src)); err != nil && !slices.Contains(made, c.Src) {
			t.Errorf("%s: %v", c.Dst, err)
		}
	}
	for _, config := range []string{"/etc/registrard/registrard.yaml", "/etc/default/registrard"} {
		if byDst[config] != "config|noreplace" {
			t.Errorf("an upgrade would overwrite %s", config)
		}
	}
	unit, err := os.ReadFile("../deploy/systemd/registrard.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/usr/bin/registrard", "/etc/registrard/registrard.yaml", "/etc/default/registrard"} {
		if _, there := byDst[path]; !there || !bytes.Contains(unit, []byte(path)) {
			t.Errorf("%s is not in the package, or not in the unit", path)
		}
	}
	if len(p.Scripts) == 0 {
		t.Error("no script makes the user")
	}
	for _, script := range append(slices.Collect(maps.Values(p.Scripts)), "deploy/package/check.sh") {
		if out, err := exec.Command("sh", "-n", filepath.Join("..", script)).CombinedOutput(); err != nil {
			t.Errorf("%s: %v %s", script, err, out)
		}
	}
}
