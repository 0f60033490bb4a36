package calendar

import "time"

// Clock tells the day.
type Clock struct {
	Now      func() time.Time
	Location *time.Location // where a day begins: Asia/Ho_Chi_Minh
}

// Today returns the day in the clock's location.
func (c Clock) Today() Day { return DayOf(c.Now().In(c.Location)) }
