package sqlite

import (
	"database/sql/driver"
	"fmt"
	"strings"
	"sync"

	"modernc.org/sqlite"
)

// anyOf is the function has_any(texts, set): whether one of the texts, each
// between spaces, is in a set. A set of hundreds would be as many conditions
// for each row; as a set it costs one look for each text.
var anyOf sets

func init() {
	sqlite.MustRegisterDeterministicScalarFunction("has_any", 2, anyOf.hasAny)
}

// sets are the sets of the queries that run, by the numbers that stand for them
// in their statements.
type sets struct {
	mu   sync.RWMutex
	last int64
	all  map[int64]map[string]struct{}
}

// add keeps a set until drop.
func (s *sets) add(list []string) int64 {
	set := make(map[string]struct{}, len(list))
	for _, text := range list {
		set[text] = struct{}{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[int64]map[string]struct{}{}
	}
	s.last++
	s.all[s.last] = set
	return s.last
}

func (s *sets) drop(number int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, number)
}

func (s *sets) hasAny(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
	texts, ok := args[0].(string)
	number, isNumber := args[1].(int64)
	if !ok || !isNumber {
		return nil, fmt.Errorf("has_any(%T, %T)", args[0], args[1])
	}
	s.mu.RLock()
	set := s.all[number]
	s.mu.RUnlock()
	for text := range strings.FieldsSeq(texts) {
		if _, has := set[text]; has {
			return int64(1), nil
		}
	}
	return int64(0), nil
}
