package reason

//go:generate go test -run ^TestDocument$ -update .
