package config

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// The layers, the weakest first.
type layer int

const (
	layerDefault layer = iota
	layerFile
	layerEnviron
	layerFlag
)

// origin is where a value came from, for people. name is set for an item of a
// list whose earlier items could not be kept: its place in the file.
type origin struct{ text, where, name string }

// loading is one run of Load.
type loading struct {
	schema   *schema
	viper    *viper.Viper
	environ  map[string]string
	file     string
	origin   map[string]origin // by key, and by key[i] for the items of a list
	wrong    map[string]bool   // keys that have a mistake already
	mistakes []Mistake
}

// Load reads the configuration: flags go before the environment, that before
// the file, and that before the defaults. flags holds the flags that were given,
// by key ("log.level"), and under "config" the file's path. environ is as
// os.Environ gives it. When there are mistakes, all of them are returned, and
// the Config is not to be used.
//
// Nothing outside is touched: viper is a value of this call, and it sees no
// environment but the one given.
func Load(flags map[string]string, environ []string) (Config, []Mistake) {
	c, l := load(flags, environ)
	return c, l.mistakes
}

func load(flags map[string]string, environ []string) (Config, *loading) {
	l := &loading{
		schema: readSchema(), viper: viper.New(), environ: map[string]string{},
		origin: map[string]origin{}, wrong: map[string]bool{},
	}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		l.environ[name] = value
	}
	for i := range l.schema.fields {
		f := &l.schema.fields[i]
		l.put(f, layerDefault, f.def, splitOr(f, f.def), "")
	}
	if path, ok := flags["config"]; ok && path != "" {
		l.origin["config"] = origin{text: path, where: "--config"}
		l.readFile(path)
	} else if path := l.environ[fileVariable]; path != "" {
		l.origin["config"] = origin{text: path, where: fileVariable}
		l.readFile(path)
	}
	l.readEnviron()
	for _, f := range l.schema.fields {
		if value, ok := flags[f.key]; ok {
			l.put(&f, layerFlag, value, splitOr(&f, value), "--"+f.flag)
		}
	}
	c := l.decode()
	c.files = l.secretFiles()
	l.check(&c)
	l.sortByLine()
	return c, l
}

// put lays a value over the weaker layers: viper keeps defaults, the file, and
// what overrides both, apart.
func (l *loading) put(f *field, in layer, text string, list []string, where string) {
	var value any = text
	if f.list() {
		value = list
	}
	switch in {
	case layerDefault:
		l.viper.SetDefault(f.key, value)
	case layerFile:
		nested := map[string]any{}
		at := nested
		name := f.key
		if f.section != "" {
			at = map[string]any{}
			nested[f.section] = at
			name = strings.TrimPrefix(f.key, f.section+".")
		}
		at[name] = value
		if err := l.viper.MergeConfigMap(nested); err != nil {
			l.mistake(f.key, text, err.Error(), where)
		}
	default:
		// The environment first, then the flags: the last one set wins.
		l.viper.Set(f.key, value)
	}
	if in > layerFile {
		delete(l.wrong, f.key) // what the file says is no longer asked
	}
	for i, text := range list {
		// walkList knows the line of each item already.
		item := fmt.Sprintf("%s[%d]", f.key, i)
		if _, known := l.origin[item]; in > layerDefault && (!known || in > layerFile) {
			l.origin[item] = origin{text: text, where: where}
		}
	}
	l.origin[f.key] = origin{text: text, where: where}
}

// splitOr splits the text of a list at its commas; blanks and empty items go.
func splitOr(f *field, text string) []string {
	if !f.list() {
		return nil
	}
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

// mistake notes what is wrong with a key. A secret's value is hidden.
func (l *loading) mistake(key, value, want, where string) {
	base, _, _ := strings.Cut(key, "[")
	f := l.schema.byKey[base]
	if f != nil {
		l.wrong[base] = true
	}
	switch {
	case f != nil && f.secret && value != "":
		value = hidden
	case value != "":
		value = strconv.Quote(value)
	}
	l.mistakes = append(l.mistakes, Mistake{Key: key, Value: value, Want: want, Where: where})
}

// wrongValue notes a mistake in the value that a key, or an item of its list,
// has now.
func (l *loading) wrongValue(key, want string) {
	o, ok := l.origin[key]
	if !ok {
		base, _, _ := strings.Cut(key, "[")
		o = l.origin[base]
	}
	if o.name != "" {
		key = o.name
	}
	l.mistake(key, o.text, want, o.where)
}

// sortByLine puts the mistakes of the file first, as they stand in it.
func (l *loading) sortByLine() {
	line := func(m Mistake) int {
		number, ok := strings.CutPrefix(m.Where, l.file+":")
		n, err := strconv.Atoi(number)
		switch {
		case l.file != "" && m.Where == l.file:
			return 0
		case !ok || err != nil || l.file == "":
			return math.MaxInt
		}
		return n
	}
	slices.SortStableFunc(l.mistakes, func(a, b Mistake) int { return cmp.Compare(line(a), line(b)) })
}

func (l *loading) decode() Config {
	var c Config
	err := l.viper.Unmarshal(&c, func(dc *mapstructure.DecoderConfig) {
		dc.TagName = "key"
		dc.WeaklyTypedInput = false
		dc.DecodeHook = mapstructure.DecodeHookFuncType(decodeText)
	})
	var found []*mapstructure.DecodeError
	collect(err, &found)
	place := func(e *mapstructure.DecodeError) int {
		base, _, _ := strings.Cut(e.Name(), "[")
		return slices.IndexFunc(l.schema.fields, func(f field) bool { return f.key == base })
	}
	slices.SortStableFunc(found, func(a, b *mapstructure.DecodeError) int { return place(a) - place(b) })
	for _, e := range found {
		l.wrongValue(e.Name(), errors.Unwrap(e).Error())
	}
	if err != nil && len(found) == 0 {
		l.mistake("config", "", err.Error(), l.file)
	}
	return c
}

// collect walks a tree of joined errors down to those that name a key.
func collect(err error, found *[]*mapstructure.DecodeError) {
	if e, ok := err.(*mapstructure.DecodeError); ok {
		inner := errors.Unwrap(e)
		if _, nested := inner.(interface{ Unwrap() []error }); !nested {
			*found = append(*found, e)
			return
		}
		err = inner
	}
	switch e := err.(type) {
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			collect(one, found)
		}
	case interface{ Unwrap() error }:
		collect(e.Unwrap(), found)
	}
}

// decodeText is the only hook: text in, the field's type out.
func decodeText(from, to reflect.Type, data any) (any, error) {
	text, ok := data.(string)
	if !ok {
		return data, nil
	}
	if to == prefixType {
		return parseNetwork(text)
	}
	if u, ok := reflect.New(to).Interface().(interface{ UnmarshalText([]byte) error }); ok {
		err := u.UnmarshalText([]byte(text))
		return reflect.ValueOf(u).Elem().Interface(), err
	}
	switch to.Kind() {
	case reflect.Bool:
		switch strings.ToLower(text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errors.New("want true or false")
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return nil, errors.New("want a whole number")
		}
		return n, nil
	case reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, errors.New("want a number")
		}
		return n, nil
	}
	return data, nil
}

// hostName is this machine's name, where the configuration has none.
func hostName() (string, error) {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "", errors.New("is not set, and this machine has no name; want a name of its own for each node")
	}
	return name, nil
}
