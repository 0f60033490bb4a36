// Package measure measures a whole server, as phones meet it: another process,
// over loopback, with tokens, gzip up and zstd down. In the same run it
// measures the baseline, which is the same records written by the same number
// of writers straight through the database's driver, with the same durability.
//
// # Phases
//
//   - push: phones of many villages send batches of new gifts. The baseline
//     inserts them: one transaction per batch (SQLite) or one InsertMany per
//     batch (MongoDB).
//   - visible: the same, until another phone has pulled all of it. The baseline
//     upserts by transaction or bulkWrite, and then reads the village back.
//   - first: a new phone pulls a whole village, alone and beside others.
//   - idle: one request of a phone for which there is nothing new, over HTTP/2
//     as browsers speak it, and over HTTP/1.1. All else goes over the latter.
//   - growth: push into one ledger that is large already.
//   - piles: a batch that meets what one person can heap up: records that look
//     alike, siblings and removals of one record, and old counters that are
//     sent again. The baseline inserts as many records. What it costs should
//     not grow with the pile.
//
// Push, visible and growth go in rounds, the server's and the baseline's by
// turns, and the median round counts: what disturbs the machine for a while
// disturbs both.
//
// # What is counted
//
// Bodies are made and compressed before the clock starts, and answers are
// checked after it has stopped: every op must have been accepted, and every
// record pulled. Phones are those of sync/client, but send and read what is
// timed themselves: what it costs a client to keep records is not counted. Bytes
// are counted at the TCP connection, headers included; there is no TLS. Memory
// is the server's own, as Linux tells it, without the phones and the baseline.
// Both share the processors with the server, as nothing else would measure on
// one machine.
//
// The lists behind the ledger are brought up in the background, and so during
// a push; between phases the server is let finish.
//
// # Files
//
// The server's settings are those of production: none is given but where to
// listen. SQLite lies in a temporary folder, on which disk TMPDIR decides; on
// MongoDB each run makes its own database and drops it.
package measure
