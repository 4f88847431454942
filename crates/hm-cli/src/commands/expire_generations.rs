//! `home-manager expire-generations`

use clap::Args;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, Zoned};

use super::{Context, remove_generations};
use crate::generations;
use crate::report::Failure;

/// Remove old generations of the home
///
/// Removes those made before WHEN: `-30 days`, `2 weeks ago`, `yesterday`, `2026-01-31` or
/// `2026-01-31 12:00`. The current one stays.
#[derive(Debug, Args)]
pub struct ExpireGenerationsArguments {
    /// The time before which generations are old
    #[arg(value_name = "WHEN", allow_hyphen_values = true)]
    when: String,

    /// Keep this many of the newest generations, however old they are
    #[arg(long, value_name = "N", default_value_t = 0)]
    keep: usize,
}

/// Removes the generations that are older than a time.
pub fn run(context: &Context, arguments: &ExpireGenerationsArguments) -> Result<(), Failure> {
    let limit = parse(&arguments.when, &Zoned::now()).ok_or_else(|| {
        Failure::new(format!("'{}' is not a time", arguments.when))
            .hint("write it like \"-30 days\", \"2 weeks ago\" or \"2026-01-31\"")
    })?;
    let generations = generations::list(&context.settings.profile())?;
    let mut count = 0;
    for generation in generations.iter().skip(arguments.keep) {
        let is_old = Timestamp::try_from(generation.time).is_ok_and(|made| made < limit);
        if is_old && !generation.current {
            remove_generations::remove(context, generation)?;
            count += 1;
        }
    }
    if count == 0 {
        context.printer.status("No generation is that old.");
    }
    Ok(())
}

/// The time that a text means: a date, or a distance from now.
fn parse(text: &str, now: &Zoned) -> Option<Timestamp> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        return Timestamp::from_second(seconds.parse().ok()?).ok();
    }
    let zone = TimeZone::system();
    if let Ok(date) = text.parse::<DateTime>() {
        return Some(date.to_zoned(zone).ok()?.timestamp());
    }
    if let Ok(date) = text.parse::<Date>() {
        return Some(date.to_zoned(zone).ok()?.timestamp());
    }
    match text {
        "now" | "today" => return Some(now.timestamp()),
        "yesterday" => return before(now, 1, "day"),
        _ => {}
    }
    let (text, is_ago) = match text.strip_suffix("ago") {
        Some(rest) => (rest.trim(), true),
        None => (text, false),
    };
    let text = match text.strip_prefix('-') {
        Some(rest) => rest.trim(),
        None if is_ago => text,
        None => return None,
    };
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let count = text[..digits].parse().ok()?;
    before(now, count, text[digits..].trim().trim_end_matches('s'))
}

fn before(now: &Zoned, count: i64, unit: &str) -> Option<Timestamp> {
    let span = Span::new();
    let span = match unit {
        "sec" | "second" => span.try_seconds(count),
        "min" | "minute" => span.try_minutes(count),
        "h" | "hour" => span.try_hours(count),
        "d" | "day" => span.try_days(count),
        "w" | "week" => span.try_weeks(count),
        "month" => span.try_months(count),
        "year" => span.try_years(count),
        _ => return None,
    };
    Some(now.checked_sub(span.ok()?).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_dates_or_distances() {
        let now: Zoned = "2026-03-31T12:00:00[UTC]".parse().expect("a time");
        let time = |text: &str| parse(text, &now).map(|time| time.to_string());
        for (text, wanted) in [
            ("-30 days", "2026-03-01T12:00:00Z"),
            ("30 days ago", "2026-03-01T12:00:00Z"),
            ("-30d", "2026-03-01T12:00:00Z"),
            ("-1 month", "2026-02-28T12:00:00Z"),
            ("2 weeks ago", "2026-03-17T12:00:00Z"),
            ("yesterday", "2026-03-30T12:00:00Z"),
            ("@0", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(time(text).as_deref(), Some(wanted), "{text}");
        }
        assert!(time("2026-01-31").is_some() && time("2026-01-31 12:30").is_some());
        for text in [
            "",
            "30 days",
            "soon",
            "-x days",
            "-3 parsecs",
            "-99999999999999 years",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
