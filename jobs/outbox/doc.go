// Package outbox delivers issued reports to their recipients.
//
// Who gets a unit's reports is data with dates ([Recipient]): until June 2025
// the district, after it the province. [Outbox.Deliver] queues a delivery for
// each recipient of the day; [Outbox.Dispatch] works the queue off, also after a
// crash. What may have been sent already is sent again under the same id and
// with the same content, and says so. A recipient acknowledges by the answer of
// a webhook, by the link in the letter ([Outbox.Acknowledge]), or with an
// account of the unit that it goes to ([Outbox.Confirm]).
//
// The outbox knows nothing of how reports are made: it is given the few facts of
// [Issued], packs what [Options] returns, and says how far the deliveries of a
// report have come.
package outbox
