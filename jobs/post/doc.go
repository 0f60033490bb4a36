// Package post delivers reports: by mail, to a
// webhook, into a folder.
//
// # What a channel knows
//
// A [Channel] makes one attempt to hand over one [Parcel], and keeps nothing.
// When to try, how often, and what to do with a parcel that nobody takes is for
// the outbox to decide, by these errors:
//
//	nil           the other side has it; the [Receipt] says what it answered
//	ErrRefused    it will never work: a person has to change something
//	ErrUncertain  it may have arrived: try again, and set Parcel.Repeat
//	*RetryAfter   try again, but not before
//	any other     it did not arrive: try again, see [Backoff]
//
// # At least once
//
// Between two machines nothing arrives exactly once. If the line breaks after
// the last byte and before the answer, nobody here can know the outcome.
// So every attempt carries the same Parcel.ID where the other side looks for
// it, and who gets the parcel twice can see that it is one:
//
//	mail     Message-ID: <ID@domain of the sender>
//	webhook  Sothon-Id and Idempotency-Key, both the ID
//	folder   the name of the folder is the ID
//
// The content of a parcel must not change either: the folder refuses another
// content under the same ID, and a receiver of webhooks may.
//
// # What is not trusted
//
// Names, subjects and texts come from people, and the address of a webhook from
// a settings page. No line break of theirs reaches a header, no name of theirs
// leaves its folder, and a webhook does not reach an internal address
// unless the operator has named it, see [WebhookConfig]. What other
// machines answer is cut short before it is passed on.
package post
