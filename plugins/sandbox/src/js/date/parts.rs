//! A date's three parts, filled one number at a time.

/// Up to three numbers and perhaps a month's name, in an order that is only known at the end.
#[derive(Debug, Default)]
pub(super) struct Day {
    numbers: Vec<i64>,
    month: Option<i64>,
    /// Read as ISO 8601: year, month, day, and a year is taken as it stands.
    pub(super) iso: bool,
}

impl Day {
    /// Takes a number; false where there are three already.
    pub(super) fn add(&mut self, number: i64) -> bool {
        let room = self.numbers.len() < 3;
        if room {
            self.numbers.push(number);
        }
        room
    }

    pub(super) fn name_month(&mut self, month: i64) {
        self.month = Some(month);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Days since 1970 began. A day that the month doesn't have (31 June) runs over into the next.
    pub(super) fn days(&self) -> Option<i64> {
        let is_day = |number: i64| (1..=31).contains(&number);
        let &first = self.numbers.first()?;
        let second = self.numbers.get(1).copied().unwrap_or(1);
        let third = self.numbers.get(2).copied().unwrap_or(1);
        let (mut year, month, day) = match self.month {
            None if self.iso || !is_day(first) => (first, second, third),
            None => (third, first, second),
            Some(month) if is_day(first) => (second, month, first),
            Some(month) => (first, month, second),
        };
        if !self.iso {
            match year {
                0..=49 => year += 2000,
                50..=99 => year += 1900,
                _ => {}
            }
        }
        // No date reaches so far, and the days of a farther year might not fit a number.
        let in_reach = (-400_000..400_000).contains(&year);
        (in_reach && (1..=12).contains(&month) && is_day(day)).then(|| days_before(year, month) + day - 1)
    }
}

/// Days from 1970 to the first of a month, by the Gregorian calendar in both directions.
fn days_before(year: i64, month: i64) -> i64 {
    // Counting years from March puts the leap day at the year's end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_of_years = 365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days_of_months = (153 * month + 2) / 5;
    days_of_years + days_of_months - 719_468
}

/// Hours, minutes, seconds and milliseconds, as far as they were given.
#[derive(Debug, Default)]
pub(super) struct Time {
    numbers: Vec<i64>,
    half: Option<i64>,
}

impl Time {
    /// Takes a number; false where there are four already.
    pub(super) fn add(&mut self, number: i64) -> bool {
        let room = self.numbers.len() < 4;
        if room {
            self.numbers.push(number);
        }
        room
    }

    /// Takes the last number.
    pub(super) fn finish(&mut self, number: i64) {
        self.add(number);
        self.numbers.resize(4, 0);
    }

    pub(super) fn set_half(&mut self, offset: i64) {
        self.half = Some(offset);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Whether this number can be the next part.
    pub(super) fn expects(&self, number: i64) -> bool {
        match self.numbers.len() {
            1 | 2 => (0..60).contains(&number),
            3 => (0..1000).contains(&number),
            _ => false,
        }
    }

    pub(super) fn milliseconds(&self) -> Option<i64> {
        let part = |index: usize| self.numbers.get(index).copied().unwrap_or(0);
        let (mut hour, minute, second, milli) = (part(0), part(1), part(2), part(3));
        if let Some(offset) = self.half {
            if !(0..=12).contains(&hour) {
                return None;
            }
            hour = hour % 12 + offset;
        }
        let in_day = (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..1000).contains(&milli);
        let midnight = hour == 24 && minute == 0 && second == 0 && milli == 0;
        (in_day || midnight).then(|| ((hour * 60 + minute) * 60 + second) * 1000 + milli)
    }
}

/// The offset from UTC.
#[derive(Debug, Default)]
pub(super) struct Zone {
    sign: i64,
    hour: Option<i64>,
    minute: Option<i64>,
}

impl Zone {
    /// A named zone, by its hours from UTC.
    pub(super) fn set(&mut self, hours: i64) {
        self.sign = if hours < 0 { -1 } else { 1 };
        self.hour = Some(hours.abs());
        self.minute = Some(0);
    }

    pub(super) fn set_sign(&mut self, sign: i64) {
        self.sign = sign;
    }

    pub(super) fn set_hour(&mut self, hour: i64) {
        self.hour = Some(hour);
    }

    pub(super) fn set_minute(&mut self, minute: Option<i64>) {
        self.minute = minute;
    }

    /// Whether an hour was read and its minutes are to follow.
    pub(super) fn expects(&self, number: i64) -> bool {
        self.hour.is_some() && self.minute.is_none() && (0..60).contains(&number)
    }

    pub(super) fn is_utc(&self) -> bool {
        self.hour == Some(0) && self.minute == Some(0)
    }

    /// Seconds east of UTC; none given is UTC too. The engine counts an offset's seconds in 32 bits.
    pub(super) fn seconds(&self) -> Option<i64> {
        let seconds = self.hour.unwrap_or(0) * 3600 + self.minute.unwrap_or(0) * 60;
        let seconds = i32::try_from(seconds & i64::from(u32::MAX)).ok()?;
        Some(self.sign * i64::from(seconds))
    }
}
