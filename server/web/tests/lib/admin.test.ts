// Schedules in words, and the days of an official notice.
import { expect, test } from 'vitest'
import { cronOf, cronWords, planOf } from '../../desk/pages/admin/cron'
import { readNotice } from '../../desk/pages/admin/notice'

test.each([
  ['0 1 15 6 *', '1 giờ sáng ngày 15/6 hằng năm'], ['35 1 15 12 *', '1 giờ 35 phút sáng ngày 15/12 hằng năm'], ['* * * * *', 'mỗi phút'],
  ['45 * * * *', 'phút thứ 45 của mỗi giờ'], ['0 6 * * *', '6 giờ sáng hằng ngày'], ['0 14 1 * *', '2 giờ chiều ngày 1 hằng tháng'],
  ['30 19 * * 1,4', '7 giờ 30 phút tối thứ Hai, thứ Năm hằng tuần'], ['0 8 * * 1-5', '8 giờ sáng từ thứ Hai đến thứ Sáu hằng tuần'], ['*/10 * * * *', '10 phút một lần'],
  ['0 0 * * *', '0 giờ đêm hằng ngày'], ['0 12 * * 0', '12 giờ trưa Chủ nhật hằng tuần'], ['0 1-5 L * *', 'theo lịch 0 1-5 L * *'], ['0 1', 'theo lịch 0 1'],
])('%s reads %s', (cron, words) => { expect(cronWords(cron)).toBe(words) })

const notice = `Thông báo số 9441/TB-BNV ngày 14/10/2025 về nghỉ lễ, Tết năm 2026
1. Dịp Tết Âm lịch nghỉ từ thứ Bảy ngày 14/02/2026 đến hết Chủ nhật ngày 22/02/2026 (tức từ ngày 27 tháng Chạp năm Ất Tỵ đến hết ngày mùng 6 tháng Giêng năm Bính Ngọ).
2. Giỗ Tổ Hùng Vương: nghỉ thứ Hai ngày 27 tháng 4 năm 2026 (ngày 10/3 âm lịch).
3. Dịp Quốc khánh nghỉ từ ngày 29/8/2026 đến hết ngày 02/9/2026, hoán đổi ngày làm việc từ thứ Hai ngày 31/8/2026 sang thứ Bảy ngày 22/8/2026.`

test('a notice gives its days off and the days worked instead, and nothing else', () => {
  const days = readNotice(notice, 2026)
  expect(days.filter(d => d.name === 'Tết Nguyên đán').map(d => d.day)).toEqual(['2026-02-16', '2026-02-17', '2026-02-18', '2026-02-19', '2026-02-20'])
  expect(days.find(d => d.day === '2026-04-27')).toEqual({ day: '2026-04-27', name: 'Giỗ Tổ Hùng Vương', works: false })
  expect(days.filter(d => d.name === 'Quốc khánh').map(d => d.day)).toEqual(['2026-08-31', '2026-09-01', '2026-09-02'])
  expect(days.filter(d => d.works)).toEqual([{ day: '2026-08-22', name: 'Làm bù (Quốc khánh)', works: true }])
  expect(days).toHaveLength(10)
})

test('a day without a year is of the year that is shown, and days that do not exist are passed over', () => {
  expect(readNotice('Tết Dương lịch: nghỉ ngày 1/1. Nghỉ ngày 31/2.', 2027)).toEqual([{ day: '2027-01-01', name: 'Tết Dương lịch', works: false }])
  expect(readNotice('Không có ngày nào ở đây.', 2027)).toEqual([])
})

test.each(['0 1 15 6 *', '30 6 5 * *', '0 7 * * 1', '15 2 * * *', '*/5 * * * *', '0 1 1,15 6 *'])('%s is the same after it was chosen in words', cron => {
  expect(cronOf(planOf(cron))).toBe(cron)
})

test.each([['0 1 15 6 *', 'year'], ['30 6 5 * *', 'month'], ['0 7 * * 7', 'week'], ['15 2 * * *', 'day'], ['* * * * *', 'line'], ['0 1 1,15 6 *', 'line']])('%s comes every %s', (cron, every) => { expect(planOf(cron).every).toBe(every) })
