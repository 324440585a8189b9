package config

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readFile walks a YAML file against the schema. What it keeps is text, as it
// was written, with the line where it was written.
func (l *loading) readFile(path string) {
	l.file = path
	text, err := os.ReadFile(path)
	if err != nil {
		l.mistake("config", path, "cannot be read ("+errors.Unwrap(err).Error()+"); want the path of a YAML file, or none", l.origin["config"].where)
		return
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc, second yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return // an empty file says nothing
	} else if err != nil {
		l.mistake("config", "", "is no YAML: "+strings.TrimPrefix(err.Error(), "yaml: "), path)
		return
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) {
		l.mistake("config", "", "has a second document; want one", path)
	}
	root := resolve(doc.Content[0])
	if empty(root) {
		return
	}
	if root.Kind != yaml.MappingNode {
		l.mistake("config", "", "want keys and values, such as log: {level: info}", l.line(root))
		return
	}
	l.walkSection("", root)
}

func (l *loading) walkSection(section string, node *yaml.Node) {
	l.pairs(node, func(name string, key, value *yaml.Node) {
		full := name
		if section != "" {
			full = section + "." + name
		}
		switch f := l.schema.byKey[full]; {
		case f != nil:
			l.walkKey(f, value)
		case section == "" && l.schema.sections[name]:
			switch {
			case value.Kind == yaml.MappingNode:
				l.walkSection(name, value)
			case !empty(value):
				l.mistake(name, "", "is a section; want its keys below it: "+strings.Join(l.schema.keysOf(name), ", "), l.line(key))
			}
		default:
			l.mistake(full, "", cmp.Or(gone[variable(full)], didYouMean("there is no such key", l.schema.nearestKey(full))), l.line(key))
		}
	})
}

// pairs calls do for each key of a mapping, refusing one that is there twice in
// whatever spelling.
func (l *loading) pairs(node *yaml.Node, do func(name string, key, value *yaml.Node)) {
	seen := map[string]int{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], resolve(node.Content[i+1])
		name := strings.ToLower(key.Value)
		if name == "" || strconv.Quote(name) != `"`+name+`"` {
			name = strconv.Quote(name) // for people: no key of ours
		}
		if at, twice := seen[name]; twice {
			l.mistake(key.Value, "", fmt.Sprintf("is there twice, first in line %d; want it once", at), l.line(key))
			continue
		}
		seen[name] = key.Line
		do(name, key, value)
	}
}

func (l *loading) walkKey(f *field, value *yaml.Node) {
	switch {
	case empty(value): // nothing is written: as if the key weren't there
	case value.Kind == yaml.ScalarNode:
		l.put(f, layerFile, value.Value, splitOr(f, value.Value), l.line(value))
	case value.Kind == yaml.SequenceNode && f.list():
		l.walkList(f, value)
	case f.list():
		l.mistake(f.key, "", "want a list", l.line(value))
	default:
		l.mistake(f.key, "", "want one value, not a list or a map", l.line(value))
	}
}

func (l *loading) walkList(f *field, list *yaml.Node) {
	var items []string
	for i, item := range list.Content {
		item = resolve(item)
		text := item.Value
		name := fmt.Sprintf("%s[%d]", f.key, i)
		switch {
		case item.Kind == yaml.MappingNode && f.typ.Elem() == listenerType:
			text = l.listenerMap(name, item)
		case item.Kind != yaml.ScalarNode || empty(item):
			l.mistake(name, "", "want one value", l.line(item))
			text = ""
		}
		if text == "" {
			l.wrong[f.key] = true
			continue
		}
		// Decoding counts the items that are left.
		l.origin[fmt.Sprintf("%s[%d]", f.key, len(items))] = origin{text: text, where: l.line(item), name: name}
		items = append(items, text)
	}
	l.put(f, layerFile, strings.Join(items, ","), items, l.line(list))
}

// listenerMap writes a listener's map as the text that Listener reads.
func (l *loading) listenerMap(name string, node *yaml.Node) string {
	before := len(l.mistakes)
	address, query := "", url.Values{}
	l.pairs(node, func(key string, keyNode, value *yaml.Node) {
		switch {
		case !slices.Contains(listenerKeys, key):
			l.mistake(name+"."+key, "", didYouMean("there is no such key", nearest(key, listenerKeys)), l.line(keyNode))
		case empty(value):
		case value.Kind != yaml.ScalarNode:
			l.mistake(name+"."+key, "", "want one value", l.line(value))
		case key == "address":
			address = value.Value
		default:
			query.Set(key, value.Value)
		}
	})
	if address == "" && len(l.mistakes) == before {
		l.mistake(name+".address", "", errListener.Error(), l.line(node))
	}
	if len(l.mistakes) > before {
		return ""
	}
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	return address
}

func (l *loading) line(n *yaml.Node) string { return fmt.Sprintf("%s:%d", l.file, n.Line) }

// resolve follows a YAML alias.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

func empty(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }
