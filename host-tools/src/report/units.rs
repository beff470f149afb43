//! Numbers as people like to read them.

/// With a comma between groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A point in time since the first sample: seconds, to the ns.
pub fn instant(ns: u64) -> String {
    format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000)
}

/// A length of time, to three digits.
pub fn duration(ns: u64) -> String {
    // What would round to 1000 of a unit is one of the next.
    match ns {
        0..1_000 => format!("{ns} ns"),
        1_000..999_500 => format!("{} µs", three_digits(ns as f64 / 1e3)),
        999_500..999_500_000 => format!("{} ms", three_digits(ns as f64 / 1e6)),
        _ => format!("{} s", three_digits(ns as f64 / 1e9)),
    }
}

/// How often per second, to three digits.
pub fn rate(hertz: f64) -> String {
    match hertz {
        ..1e3 => format!("{}/s", three_digits(hertz)),
        1e3..1e6 => format!("{} k/s", three_digits(hertz / 1e3)),
        _ => format!("{} M/s", three_digits(hertz / 1e6)),
    }
}

fn three_digits(number: f64) -> String {
    let decimals = match number {
        ..10.0 => 2,
        10.0..100.0 => 1,
        _ => 0,
    };
    format!("{number:.decimals$}")
}

/// A row of bars, as high as the numbers; the highest fills its place, nothing is blank.
pub fn bars(numbers: &[u32]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let highest = u64::from(numbers.iter().copied().max().unwrap_or(0));
    let bar = |number: &u32| match u64::from(*number) {
        0 => ' ',
        number => BARS[((number * 8).div_ceil(highest) - 1) as usize],
    };
    numbers.iter().map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_scaled_and_drawn() {
        assert_eq!(
            [0, 999, 1_000, 134_666, 1_000_000].map(grouped),
            ["0", "999", "1,000", "134,666", "1,000,000"]
        );
        assert_eq!(instant(12_000_000_345), "12.000000345");
        assert_eq!(
            [0, 999, 41_700, 1_250_000, 2_500_000_000].map(duration),
            ["0 ns", "999 ns", "41.7 µs", "1.25 ms", "2.50 s"]
        );
        assert_eq!([999_499, 999_500, 999_999_000].map(duration), ["999 µs", "1.00 ms", "1.00 s"]);
        assert_eq!([0.0, 435.2, 1_273.0, 2.5e6].map(rate), ["0.00/s", "435/s", "1.27 k/s", "2.50 M/s"]);
        assert_eq!(bars(&[0, 1, 4, 8, 7]), " ▁▄█▇");
        assert_eq!(bars(&[0, 0]), "  ");
        assert_eq!(bars(&[u32::MAX, 1]), "█▁");
    }
}
