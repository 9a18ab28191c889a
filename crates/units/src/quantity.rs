//! The three quantities and their arithmetic.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Neg, Sub, SubAssign};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A span of time, or an instant on the clock of one session. Kept in milliseconds (see the crate page).
///
/// Serialises as a number of seconds; name such fields `*_s`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Seconds(f64);

/// An amount of data in bits. Serialises as a number of bits; name such fields `*_bits`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Bits(f64);

/// A rate of data. Kept in kbit/s, which is bit/ms (see the crate page).
///
/// Serialises as a number of kbit/s; name such fields `*_kbps`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct BitRate(f64);

/// What all three quantities share: they form a line (add, subtract, scale, compare).
macro_rules! linear {
    ($t:ident) => {
        impl $t {
            /// Zero of this quantity.
            pub const ZERO: $t = $t(0.0);
            /// Larger than every finite value.
            pub const INFINITY: $t = $t(f64::INFINITY);

            /// The smaller of the two.
            #[inline]
            pub fn min(self, other: $t) -> $t {
                if other.0 < self.0 { other } else { self }
            }

            /// The larger of the two.
            #[inline]
            pub fn max(self, other: $t) -> $t {
                if other.0 > self.0 { other } else { self }
            }

            /// Neither infinite nor NaN.
            #[inline]
            pub fn is_finite(self) -> bool {
                self.0.is_finite()
            }

            /// The distance from zero.
            #[inline]
            pub fn abs(self) -> $t {
                $t(self.0.abs())
            }

            /// The total order of IEEE 754, for sorting.
            #[inline]
            pub fn total_cmp(&self, other: &$t) -> std::cmp::Ordering {
                self.0.total_cmp(&other.0)
            }
        }

        impl Add for $t {
            type Output = $t;
            #[inline]
            fn add(self, o: $t) -> $t {
                $t(self.0 + o.0)
            }
        }

        impl Sub for $t {
            type Output = $t;
            #[inline]
            fn sub(self, o: $t) -> $t {
                $t(self.0 - o.0)
            }
        }

        impl AddAssign for $t {
            #[inline]
            fn add_assign(&mut self, o: $t) {
                self.0 += o.0;
            }
        }

        impl SubAssign for $t {
            #[inline]
            fn sub_assign(&mut self, o: $t) {
                self.0 -= o.0;
            }
        }

        impl Neg for $t {
            type Output = $t;
            #[inline]
            fn neg(self) -> $t {
                $t(-self.0)
            }
        }

        impl Mul<f64> for $t {
            type Output = $t;
            #[inline]
            fn mul(self, k: f64) -> $t {
                $t(self.0 * k)
            }
        }

        impl Mul<$t> for f64 {
            type Output = $t;
            #[inline]
            fn mul(self, q: $t) -> $t {
                $t(self * q.0)
            }
        }

        impl Div<f64> for $t {
            type Output = $t;
            #[inline]
            fn div(self, k: f64) -> $t {
                $t(self.0 / k)
            }
        }

        /// The ratio of two like quantities, a plain number.
        impl Div for $t {
            type Output = f64;
            #[inline]
            fn div(self, o: $t) -> f64 {
                self.0 / o.0
            }
        }

        impl Sum for $t {
            fn sum<I: Iterator<Item = $t>>(iter: I) -> $t {
                iter.fold($t::ZERO, Add::add)
            }
        }
    };
}

linear!(Seconds);
linear!(Bits);
linear!(BitRate);

impl Seconds {
    /// From seconds.
    #[inline]
    pub const fn new(seconds: f64) -> Seconds {
        Seconds(seconds * 1000.0)
    }

    /// From milliseconds, exactly.
    #[inline]
    pub const fn from_millis(millis: f64) -> Seconds {
        Seconds(millis)
    }

    /// In seconds.
    #[inline]
    pub const fn get(self) -> f64 {
        self.0 / 1000.0
    }

    /// In milliseconds, exactly as kept.
    #[inline]
    pub const fn millis(self) -> f64 {
        self.0
    }
}

impl Bits {
    /// From bits.
    #[inline]
    pub const fn new(bits: f64) -> Bits {
        Bits(bits)
    }

    /// From bytes of 8 bits.
    #[inline]
    pub const fn from_bytes(bytes: f64) -> Bits {
        Bits(bytes * 8.0)
    }

    /// In bits.
    #[inline]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// In bytes of 8 bits.
    #[inline]
    pub const fn bytes(self) -> f64 {
        self.0 / 8.0
    }
}

impl BitRate {
    /// From bit/s.
    #[inline]
    pub const fn from_bps(bps: f64) -> BitRate {
        BitRate(bps / 1000.0)
    }

    /// From kbit/s (1000 bit/s), exactly.
    #[inline]
    pub const fn from_kbps(kbps: f64) -> BitRate {
        BitRate(kbps)
    }

    /// From Mbit/s (10^6 bit/s).
    #[inline]
    pub const fn from_mbps(mbps: f64) -> BitRate {
        BitRate(mbps * 1000.0)
    }

    /// In bit/s.
    #[inline]
    pub const fn bps(self) -> f64 {
        self.0 * 1000.0
    }

    /// In kbit/s, exactly as kept.
    #[inline]
    pub const fn kbps(self) -> f64 {
        self.0
    }

    /// In Mbit/s.
    #[inline]
    pub const fn mbps(self) -> f64 {
        self.0 / 1000.0
    }
}

/// The time a size takes at a rate.
impl Div<BitRate> for Bits {
    type Output = Seconds;
    #[inline]
    fn div(self, rate: BitRate) -> Seconds {
        Seconds(self.0 / rate.0)
    }
}

/// The rate that moves a size in a time.
impl Div<Seconds> for Bits {
    type Output = BitRate;
    #[inline]
    fn div(self, time: Seconds) -> BitRate {
        BitRate(self.0 / time.0)
    }
}

/// What a rate moves in a time.
impl Mul<Seconds> for BitRate {
    type Output = Bits;
    #[inline]
    fn mul(self, time: Seconds) -> Bits {
        Bits(self.0 * time.0)
    }
}

/// What a rate moves in a time.
impl Mul<BitRate> for Seconds {
    type Output = Bits;
    #[inline]
    fn mul(self, rate: BitRate) -> Bits {
        Bits(self.0 * rate.0)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.get(), f)?;
        f.write_str(" s")
    }
}

impl fmt::Display for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)?;
        f.write_str(" bit")
    }
}

impl fmt::Display for BitRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)?;
        f.write_str(" kbit/s")
    }
}

/// Serde as one plain number, in the unit that the type's page names.
macro_rules! number {
    ($t:ident, $to:expr, $from:expr) => {
        impl Serialize for $t {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_f64($to(*self))
            }
        }

        impl<'de> Deserialize<'de> for $t {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<$t, D::Error> {
                f64::deserialize(d).map($from)
            }
        }
    };
}

number!(Seconds, Seconds::get, Seconds::new);
number!(Bits, Bits::get, Bits::new);
number!(BitRate, BitRate::kbps, BitRate::from_kbps);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn whole_milliseconds_and_kilobits_are_exact() {
        // 2.002 s has no finite binary expansion; 300 segments of it must still end at 600.6 s.
        assert_eq!((Seconds::from_millis(2002.0) * 300.0).millis(), 600_600.0);
        assert_eq!((BitRate::from_kbps(235.0) * Seconds::new(3.0)).get(), 705_000.0);
    }

    #[test]
    fn displays_with_its_unit() {
        assert_eq!(format!("{:.2}", Seconds::new(1.5)), "1.50 s");
        assert_eq!(BitRate::from_mbps(1.2).to_string(), "1200 kbit/s");
    }

    #[test]
    fn serialises_as_the_named_unit() {
        let json = serde_json::to_string(&(Seconds::new(4.0), Bits::new(8.0), BitRate::from_kbps(300.0)));
        assert_eq!(json.expect("three numbers"), "[4.0,8.0,300.0]");
        let back: Seconds = serde_json::from_str("2.5").expect("a number");
        assert_eq!(back, Seconds::new(2.5));
    }

    proptest! {
        #[test]
        fn size_rate_and_time_agree(bits in 1.0..1e12f64, kbps in 1e-3..1e9f64) {
            let (size, rate) = (Bits::new(bits), BitRate::from_kbps(kbps));
            let back = (size / rate) * rate;
            prop_assert!((back.get() - bits).abs() <= 1e-12 * bits);
            prop_assert!(((size / (size / rate)).kbps() - kbps).abs() <= 1e-12 * kbps);
        }
    }
}
