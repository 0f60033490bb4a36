// Package calendar counts days as the law and the commune's office count them:
// working days, reporting periods, and the deadlines of petitions.
//
// All but [Clock], which tells today in a place, is a pure function of days. Nothing
// here fails on a text that is no day; the result is no day either, and
// compares as text before every other.
//
// # Days off
//
// Saturdays and Sundays are built in, and the public holidays whose date stands
// in the law (Bộ luật Lao động 2019, Điều 112): 1/1, 30/4, 1/5 and 2/9. The
// rest is data ([Holidays]), because nobody can compute it: Tết and Giỗ Tổ
// follow the moon, the second day of Quốc khánh and the days given for holidays
// that fall on a weekend are decided every year, and so are the Saturdays to be
// worked for a bridge (làm bù). [Holidays.Knows] tells whether anything was
// entered for a year: before, a count that crosses Tết comes out too short.
//
// # Terms
//
// The day of the event is not counted: a term of 30 days from 1/3 ends on 31/3.
// The same holds for working days. A term of calendar days that ends on a day
// off is not moved to the next working day: the laws on complaints and
// denunciations do not say so, and who keeps the earlier day is never late.
package calendar
