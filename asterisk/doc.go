// Package asterisk says what the rows of Asterisk's ps_* tables mean: the rows
// as Go types, the spellings of their values (booleans, comma lists, ^3B,
// contact ids, digests, match lists), and what a row has wrong.
//
// It may not do I/O: who reads a row (store) hands it over as a *Row of
// nullable texts, exactly as the column holds it; the Decode functions never
// fail. What can't be understood becomes a Problem of that one row and is
// treated the safe way (an unreadable ACL denies, an unreadable secret never
// matches), so one bad row harms its endpoint and nothing else.
//
// The hard idea: the columns and their spellings are a contract with a live
// Asterisk that reads and writes the same rows. Facts stand behind it, not
// taste; where registrard knows better (longest prefix among ip matches) it is
// only where Asterisk defines no order.
package asterisk
