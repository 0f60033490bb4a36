package mongotest

// WithDatabase is withDatabase, for its test.
var WithDatabase = withDatabase

// Open is open, for the tests here.
var Open = open
