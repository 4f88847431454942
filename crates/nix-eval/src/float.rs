//! Floats as JSON numbers.
//!
//! Nix prints them with the Grisu2 algorithm (Florian Loitsch, "Printing Floating-Point Numbers
//! Quickly and Accurately with Integers", 2010), whose digits always give the same float again but
//! are not the fewest possible in about one of 700 cases. Derivations contain such texts, so the
//! digits have to be those.

/// A float with a 64-bit significand: `significand * 2^exponent`.
#[derive(Clone, Copy)]
struct Extended {
    significand: u64,
    exponent: i32,
}

impl Extended {
    fn normalized(self) -> Extended {
        let shift = self.significand.leading_zeros();
        Extended {
            significand: self.significand << shift,
            exponent: self.exponent - shift.cast_signed(),
        }
    }

    /// The product, rounded to 64 bits.
    fn times(self, other: Extended) -> Extended {
        let product = u128::from(self.significand) * u128::from(other.significand);
        Extended {
            significand: ((product + (1 << 63)) >> 64) as u64,
            exponent: self.exponent + other.exponent + 64,
        }
    }
}

/// The decimal exponent of the first of the [`POWERS_OF_TEN`].
const FIRST_POWER: i32 = -300;
/// The step from one of the [`POWERS_OF_TEN`] to the next.
const POWER_STEP: i32 = 8;

/// The significands of 10^-300, 10^-292, … 10^324, rounded to 64 bits with the highest bit set.
#[rustfmt::skip]
static POWERS_OF_TEN: [u64; 79] = [
    0xab70_fe17_c79a_c6ca, 0xff77_b1fc_bebc_dc4f, 0xbe56_91ef_416b_d60c, 0x8dd0_1fad_907f_fc3c,
    0xd351_5c28_3155_9a83, 0x9d71_ac8f_ada6_c9b5, 0xea9c_2277_23ee_8bcb, 0xaecc_4991_4078_536d,
    0x823c_1279_5db6_ce57, 0xc210_9436_4dfb_5637, 0x9096_ea6f_3848_984f, 0xd774_85cb_2582_3ac7,
    0xa086_cfcd_97bf_97f4, 0xef34_0a98_172a_ace5, 0xb238_67fb_2a35_b28e, 0x84c8_d4df_d2c6_3f3b,
    0xc5dd_4427_1ad3_cdba, 0x936b_9fce_bb25_c996, 0xdbac_6c24_7d62_a584, 0xa3ab_6658_0d5f_daf6,
    0xf3e2_f893_dec3_f126, 0xb5b5_ada8_aaff_80b8, 0x8762_5f05_6c7c_4a8b, 0xc9bc_ff60_34c1_3053,
    0x964e_858c_91ba_2655, 0xdff9_7724_7029_7ebd, 0xa6df_bd9f_b8e5_b88f, 0xf8a9_5fcf_8874_7d94,
    0xb944_7093_8fa8_9bcf, 0x8a08_f0f8_bf0f_156b, 0xcdb0_2555_6531_31b6, 0x993f_e2c6_d07b_7fac,
    0xe45c_10c4_2a2b_3b06, 0xaa24_2499_6973_92d3, 0xfd87_b5f2_8300_ca0e, 0xbce5_0864_9211_1aeb,
    0x8cbc_cc09_6f50_88cc, 0xd1b7_1758_e219_652c, 0x9c40_0000_0000_0000, 0xe8d4_a510_0000_0000,
    0xad78_ebc5_ac62_0000, 0x813f_3978_f894_0984, 0xc097_ce7b_c907_15b3, 0x8f7e_32ce_7bea_5c70,
    0xd5d2_38a4_abe9_8068, 0x9f4f_2726_179a_2245, 0xed63_a231_d4c4_fb27, 0xb0de_6538_8cc8_ada8,
    0x83c7_088e_1aab_65db, 0xc45d_1df9_4271_1d9a, 0x924d_692c_a61b_e758, 0xda01_ee64_1a70_8dea,
    0xa26d_a399_9aef_774a, 0xf209_787b_b47d_6b85, 0xb454_e4a1_79dd_1877, 0x865b_8692_5b9b_c5c2,
    0xc835_53c5_c896_5d3d, 0x952a_b45c_fa97_a0b3, 0xde46_9fbd_99a0_5fe3, 0xa59b_c234_db39_8c25,
    0xf6c6_9a72_a398_9f5c, 0xb7dc_bf53_54e9_bece, 0x88fc_f317_f222_41e2, 0xcc20_ce9b_d35c_78a5,
    0x9816_5af3_7b21_53df, 0xe2a0_b5dc_971f_303a, 0xa8d9_d153_5ce3_b396, 0xfb9b_7cd9_a4a7_443c,
    0xbb76_4c4c_a7a4_4410, 0x8bab_8eef_b640_9c1a, 0xd01f_ef10_a657_842c, 0x9b10_a4e5_e991_3129,
    0xe710_9bfb_a19c_0c9d, 0xac28_20d9_623b_f429, 0x8044_4b5e_7aa7_cf85, 0xbf21_e440_03ac_dd2d,
    0x8e67_9c2f_5e44_ff8f, 0xd433_179d_9c8c_b841, 0x9e19_db92_b4e3_1ba9,
];

/// A power of ten such that its product with a normalized float of this binary exponent has an
/// exponent from -60 to -32; and the power's decimal exponent.
fn power_for(binary_exponent: i32) -> (Extended, i32) {
    const SMALLEST_EXPONENT: i32 = -60;
    let wanted = SMALLEST_EXPONENT - binary_exponent - 1;
    // 78913 / 2^18 is a little less than log10(2).
    let decimal = wanted * 78913 / (1 << 18) + i32::from(wanted > 0);
    let index = (decimal - FIRST_POWER + POWER_STEP - 1) / POWER_STEP;
    let decimal = FIRST_POWER + index * POWER_STEP;
    // 217706 / 2^16 is a little more than log2(10): this is the exponent of the significand.
    let exponent = ((decimal * 217_706) >> 16) - 63;
    (
        Extended {
            significand: POWERS_OF_TEN[index as usize],
            exponent,
        },
        decimal,
    )
}

/// Digits and a decimal exponent that give this positive finite float.
fn digits(float: f64) -> (Vec<u8>, i32) {
    const FRACTION_BITS: u32 = 52;
    const HIDDEN_BIT: u64 = 1 << FRACTION_BITS;
    const BIAS: i32 = 1023 + 52;
    let bits = float.to_bits();
    let fraction = bits & (HIDDEN_BIT - 1);
    let raw_exponent = (bits >> FRACTION_BITS) as i32;
    let value = if raw_exponent == 0 {
        Extended {
            significand: fraction,
            exponent: 1 - BIAS,
        }
    } else {
        Extended {
            significand: fraction + HIDDEN_BIT,
            exponent: raw_exponent - BIAS,
        }
    };
    // Half way to the next greater float, and to the next smaller one.
    let upper = Extended {
        significand: 2 * value.significand + 1,
        exponent: value.exponent - 1,
    }
    .normalized();
    let lower_is_closer = fraction == 0 && raw_exponent > 1;
    let lower = if lower_is_closer {
        Extended {
            significand: 4 * value.significand - 1,
            exponent: value.exponent - 2,
        }
    } else {
        Extended {
            significand: 2 * value.significand - 1,
            exponent: value.exponent - 1,
        }
    };
    let lower = Extended {
        significand: lower.significand << (lower.exponent - upper.exponent),
        exponent: upper.exponent,
    };
    let (power, decimal) = power_for(upper.exponent);
    let scaled = value.normalized().times(power);
    // What lies surely between the boundaries, whatever was lost in rounding.
    let low = lower.times(power).significand + 1;
    let high = Extended {
        significand: upper.times(power).significand - 1,
        ..scaled
    };
    generate(
        high,
        high.significand - low,
        high.significand - scaled.significand,
        -decimal,
    )
}

/// The digits of `high`, as many as are needed to be within `delta` of it, then moved towards the
/// float itself, which lies `distance` below.
fn generate(
    high: Extended,
    mut delta: u64,
    mut distance: u64,
    mut exponent: i32,
) -> (Vec<u8>, i32) {
    let shift = -high.exponent;
    let one = 1u64 << shift;
    let mut integral = high.significand >> shift;
    let mut fraction = high.significand & (one - 1);
    let mut digits = Vec::with_capacity(17);
    let mut remaining = integral.checked_ilog10().map_or(1, |log| log + 1);
    while remaining > 0 {
        remaining -= 1;
        let power = 10u64.pow(remaining);
        digits.push(b'0' + (integral / power) as u8);
        integral %= power;
        let rest = (integral << shift) + fraction;
        if rest <= delta {
            exponent += remaining.cast_signed();
            round(&mut digits, distance, delta, rest, power << shift);
            return (digits, exponent);
        }
    }
    loop {
        fraction *= 10;
        digits.push(b'0' + (fraction >> shift) as u8);
        fraction &= one - 1;
        exponent -= 1;
        delta *= 10;
        distance *= 10;
        if fraction <= delta {
            round(&mut digits, distance, delta, fraction, one);
            return (digits, exponent);
        }
    }
}

/// Lowers the last digit while that brings the digits closer to the float.
fn round(digits: &mut [u8], distance: u64, delta: u64, mut rest: u64, unit: u64) {
    let Some(last) = digits.last_mut() else {
        return;
    };
    while rest < distance
        && delta - rest >= unit
        && (rest + unit < distance || distance - rest > rest + unit - distance)
    {
        *last -= 1;
        rest += unit;
    }
}

/// A float as a JSON number; `null` if it is none.
pub(crate) fn json_number(float: f64) -> String {
    const MAX_FIXED: i32 = 15;
    const MIN_FIXED: i32 = -4;
    if !float.is_finite() {
        return "null".to_owned();
    }
    let sign = if float.is_sign_negative() { "-" } else { "" };
    if float == 0.0 {
        return format!("{sign}0.0");
    }
    let (digits, exponent) = digits(float.abs());
    let digits = String::from_utf8_lossy(&digits);
    // Where the decimal point lies, counted in digits.
    let point = digits.len() as i32 + exponent;
    if exponent >= 0 && point <= MAX_FIXED {
        return format!("{sign}{digits}{}.0", "0".repeat(exponent as usize));
    }
    if 0 < point && point <= MAX_FIXED {
        let (integral, fraction) = digits.split_at(point as usize);
        return format!("{sign}{integral}.{fraction}");
    }
    if MIN_FIXED < point && point <= 0 {
        return format!(
            "{sign}0.{}{digits}",
            "0".repeat(point.unsigned_abs() as usize)
        );
    }
    let (first, rest) = digits.split_at(1);
    let point_and_rest = if rest.is_empty() {
        String::new()
    } else {
        format!(".{rest}")
    };
    let scientific = point - 1;
    let direction = if scientific < 0 { '-' } else { '+' };
    format!(
        "{sign}{first}{point_and_rest}e{direction}{:02}",
        scientific.unsigned_abs()
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_written_as_nix_does() {
        // `builtins.toJSON`, Nix 2.34.8.
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (1e-7, "1e-07"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (123_456_789_012_345.0, "123456789012345.0"),
            (1_234_567_890_123_456.0, "1.234567890123456e+15"),
            (1.5e300, "1.5e+300"),
            (-2.5, "-2.5"),
            (f64::MAX, "1.7976931348623157e+308"),
            (f64::NAN, "null"),
            (f64::NEG_INFINITY, "null"),
            // Where Grisu2 does not find the shortest digits.
            (7.2359483, "7.2359483000000004"),
            (708_602_819_367_930.2, "708602819367930.3"),
            (1.933_467_818_440_929e16, "1.9334678184409288e+16"),
            (2.65044e-9, "2.6504399999999998e-09"),
            (4.875_681_338_323_965e-262, "4.8756813383239647e-262"),
        ];
        for (float, text) in cases {
            assert_eq!(json_number(float), text);
        }
    }

    proptest! {
        #[test]
        fn numbers_mean_the_same_float(bits in any::<u64>()) {
            let float = f64::from_bits(bits);
            prop_assume!(float.is_finite());
            let read: f64 = json_number(float).parse().expect("a number");
            prop_assert_eq!(read.to_bits(), float.to_bits());
        }
    }
}
