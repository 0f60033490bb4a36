package store

// MaxRejections is maxRejections, for its test.
const MaxRejections = maxRejections
