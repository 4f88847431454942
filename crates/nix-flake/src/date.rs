//! Points in time as flakes show them: in UTC.

/// A second in the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date {
    year: u64,
    month: u64,
    day: u64,
    second_of_day: u64,
}

impl Date {
    /// From seconds since 1970.
    pub(crate) fn from_unix_seconds(seconds: u64) -> Date {
        // Days are counted from the first of March of year 0, so that leap days end a year.
        let days = seconds / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 {
            month_from_march + 3
        } else {
            month_from_march - 9
        };
        let year = era * 400 + year_of_era + u64::from(month <= 2);
        Date {
            year,
            month,
            day,
            second_of_day: seconds % 86_400,
        }
    }

    /// `1970-01-01`
    pub(crate) fn dashed(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// `19700101000000`
    pub(crate) fn compact(self) -> String {
        let second = self.second_of_day;
        format!(
            "{:04}{:02}{:02}{:02}{:02}{:02}",
            self.year,
            self.month,
            self.day,
            second / 3600,
            second / 60 % 60,
            second % 60
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_seconds() {
        for (seconds, text) in [
            (0, "19700101000000"),
            (951_782_399, "20000228235959"),
            (951_782_400, "20000229000000"),
            (951_868_800, "20000301000000"),
            (1_735_689_599, "20241231235959"),
            (1_700_000_000, "20231114221320"),
            (4_107_542_400, "21000301000000"),
        ] {
            assert_eq!(Date::from_unix_seconds(seconds).compact(), text);
        }
        assert_eq!(
            Date::from_unix_seconds(1_700_000_000).dashed(),
            "2023-11-14"
        );
    }
}
