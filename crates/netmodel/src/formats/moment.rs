//! Times as logs write them: numbers, clock times, dates with a time.

/// A time of a log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Moment {
    /// A number in whatever unit, whatever it counts from.
    Number(f64),
    /// Seconds of a day, which is not told: `14:30:05.2`.
    OfDay(f64),
    /// Seconds of a calendar without leap seconds: `2024-01-01 14:30:05.2`, `2024-01-01T14:30:05Z`, `01.01.2024 14:30:05`,
    /// `2024.01.01_14.30.05`.
    OfCalendar(f64),
    /// The same of a date whose order is not told (`1/2/2024`): with the day first, and with the month first. What cannot be
    /// is NaN.
    OfEither(f64, f64),
}

impl Moment {
    pub(crate) fn parse(text: &str) -> Option<Moment> {
        let text = text.trim();
        if let Some(number) = super::decimal::parse_shifted(text, 0) {
            return Some(Moment::Number(number));
        }
        if let Some(seconds) = time_of_day(text, ':') {
            return Some(Moment::OfDay(seconds));
        }
        let (date, time) = text.split_once(['T', ' ', '_'])?;
        let days = date_of(date)?;
        let time = time.trim();
        if let Some(seconds) = time_of_day(time, '.').filter(|_| date.contains('.') && text.contains('_')) {
            return Some(days.at(seconds));
        }
        // `Z`, or the distance from UTC.
        let (time, offset) = match time.rfind(['Z', '+', '-']) {
            Some(at) if time.ends_with('Z') => (&time[..at], 0.0),
            Some(at) => (&time[..at], zone(&time[at..])?),
            None => (time, 0.0),
        };
        let time = time.trim();
        // Beside a date the seconds may be left out.
        Some(days.at(time_with(time, ':', Some("0"))? - offset))
    }
}

enum Date {
    Sure(i64),
    /// With the day first, and with the month first.
    Either(Option<i64>, Option<i64>),
}

impl Date {
    fn at(&self, seconds: f64) -> Moment {
        let of = |days: i64| days as f64 * DAY_S + seconds;
        match self {
            Date::Sure(days) => Moment::OfCalendar(of(*days)),
            Date::Either(day, month) => {
                Moment::OfEither(day.map_or(f64::NAN, of), month.map_or(f64::NAN, of))
            }
        }
    }
}

pub(crate) const DAY_S: f64 = 86_400.0;

/// `HH:MM:SS` or `HH:MM:SS.fff`, or with another separator; with `AM` or `PM` hours to 12.
fn time_of_day(text: &str, separator: char) -> Option<f64> {
    time_with(text, separator, None)
}

/// The same, with what stands for seconds that are not told.
fn time_with(text: &str, separator: char, seconds: Option<&str>) -> Option<f64> {
    let half = |letter: char| {
        text.strip_suffix(['m', 'M']).and_then(|t| t.strip_suffix([letter, letter.to_ascii_uppercase()]))
    };
    let (text, noon) = match (half('a'), half('p')) {
        (Some(text), _) => (text.trim_end(), Some(0)),
        (_, Some(text)) => (text.trim_end(), Some(12)),
        _ => (text, None),
    };
    let mut parts = text.splitn(3, separator);
    let (hour, minute, second) = (whole(parts.next()?)?, whole(parts.next()?)?, parts.next().or(seconds)?);
    let digits = second.split(['.', ',']).all(|p| p.bytes().all(|b| b.is_ascii_digit()));
    let second = second.replace(',', ".").parse::<f64>().ok().filter(|s| digits && *s < 61.0)?;
    let hour = match noon {
        None => hour,
        Some(noon) => (1..=12).contains(&hour).then_some(hour % 12 + noon)?,
    };
    (hour < 24 && minute < 60).then(|| (hour * 3600 + minute * 60) as f64 + second)
}

/// `+01:00`, `-0730`, `+02` in seconds.
fn zone(text: &str) -> Option<f64> {
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let digits: String = text[1..].chars().filter(|c| *c != ':').collect();
    let number = whole(&digits)?;
    let (hours, minutes) = if digits.len() > 2 { (number / 100, number % 100) } else { (number, 0) };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60) as f64)
}

/// `2024-01-31`, `2024/01/31`, `2024.01.31`, `31.01.2024`, `31/01/2024` or `01/31/2024` in days.
fn date_of(text: &str) -> Option<Date> {
    let separator = ['-', '/', '.'].into_iter().find(|c| text.contains(*c))?;
    let mut parts = text.split(separator).map(whole);
    let [a, b, c] = [parts.next()??, parts.next()??, parts.next()??];
    if parts.next().is_some() {
        return None;
    }
    match (text.find(separator)?, separator) {
        (4, _) => Some(Date::Sure(days(a, b, c)?)),
        // Only with dots is it sure that the day comes first.
        (1 | 2, '.') => Some(Date::Sure(days(c, b, a)?)),
        (1 | 2, _) if c >= 1000 => match (days(c, b, a), days(c, a, b)) {
            (None, None) => None,
            (day, month) => Some(Date::Either(day, month)),
        },
        _ => None,
    }
}

fn whole(text: &str) -> Option<i64> {
    let digits = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// The days from 1 March of year 0 to a date. Years that begin in March end with the leap day (Hinnant's
/// `days_from_civil`).
pub(crate) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !((1..=12).contains(&month) && (1..=31).contains(&day)) {
        return None;
    }
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    Some(year * 365 + leap + (153 * month + 2) / 5 + day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_and_calendars() {
        let calendar = |text: &str| match Moment::parse(text) {
            Some(Moment::OfCalendar(s)) => s,
            other => panic!("{text}: {other:?}"),
        };
        let since = |text: &str| calendar(text) - calendar("1970-01-01 00:00:00");
        assert_eq!(since("2020-01-01T00:00:00Z"), 1_577_836_800.0);
        assert_eq!(since("2020/01/01 00:00:01.5"), 1_577_836_801.5);
        assert_eq!(since("01.01.2020 00:00:02"), 1_577_836_802.0);
        assert_eq!(since("2020.01.01_00.00.03"), 1_577_836_803.0);
        assert_eq!(since("2020-01-01T01:00:04+01:00"), 1_577_836_804.0);
        assert_eq!(since("2019-12-31T22:30:05-0130"), 1_577_836_805.0);
        assert_eq!(Moment::parse("14:30:05,25"), Some(Moment::OfDay(52_205.25)));
        assert_eq!(Moment::parse("12.5"), Some(Moment::Number(12.5)));
        assert_eq!(since("2020-01-01 00:01"), 1_577_836_860.0);
        assert_eq!(Moment::parse("12:00:01 AM"), Some(Moment::OfDay(1.0)));
        assert_eq!(Moment::parse("12:00:01pm"), Some(Moment::OfDay(43_201.0)));
        assert_eq!(Moment::parse("11:59:59 PM"), Some(Moment::OfDay(86_399.0)));
        let at = |text: &str| calendar(text);
        let either = Moment::OfEither(at("2020-02-01 00:00:03"), at("2020-01-02 00:00:03"));
        assert_eq!(Moment::parse("1/2/2020 00:00:03"), Some(either));
        let Some(Moment::OfEither(day, month)) = Moment::parse("1/31/2020 12:30 AM") else {
            panic!("a date")
        };
        assert!(day.is_nan() && month == at("2020-01-31 00:30:00"));
        for bad in [
            "",
            "noon",
            "25:00:00",
            "2020-13-01 00:00:00",
            "13/13/2020 00:00:00",
            "1/2/20 00:00:00",
            "13:00:00 PM",
            "14:30",
            "::",
            "T",
            "2020-01-01TZ",
        ] {
            assert_eq!(Moment::parse(bad), None, "{bad}");
        }
    }
}
