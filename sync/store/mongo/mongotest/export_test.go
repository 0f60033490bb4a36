package mongotest

// WithDatabase is withDatabase, for its test.
var WithDatabase = withDatabase
