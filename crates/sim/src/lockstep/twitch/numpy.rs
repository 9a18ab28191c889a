//! numpy's `default_rng(seed)`: SeedSequence, PCG64 and the ziggurat for normal numbers, bit by bit.
//!
//! Source: O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for Random Number Generation",
//! HMC-CS-2014-0905 (XSL RR 128/64); numpy 1.17 and later (`numpy/random`): `bit_generator.pyx` for the seeding (after O'Neill's
//! `randutils`), `distributions.c` for the ziggurat (Marsaglia and Tsang, Journal of Statistical Software 5(8), 2000, with 256
//! layers and 52 bits).

use super::ziggurat::LAYERS;

/// The generator.
#[derive(Clone, Debug)]
pub struct Numpy {
    state: u128,
    increment: u128,
}

const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
/// Where the tail of the ziggurat begins.
const TAIL: f64 = 3.654_152_885_361_009;
const INVERSE_TAIL: f64 = 0.273_661_237_329_758_3;

impl Numpy {
    /// `numpy.random.default_rng(seed)`.
    pub fn new(seed: u64) -> Numpy {
        let words = seed_words(seed);
        let whole = |high: u64, low: u64| u128::from(high) << 64 | u128::from(low);
        let mut rng = Numpy { state: 0, increment: whole(words[2], words[3]) << 1 | 1 };
        rng.advance();
        rng.state = rng.state.wrapping_add(whole(words[0], words[1]));
        rng.advance();
        rng
    }

    fn advance(&mut self) {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.advance();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    /// `random()`: uniform on [0, 1).
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// `uniform(low, high)`.
    pub fn range(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// `standard_normal()`.
    pub fn normal(&mut self) -> f64 {
        loop {
            let bits = self.bits();
            let layer = (bits & 0xff) as usize;
            let negative = bits >> 8 & 1 == 1;
            let place = bits >> 9 & 0x000f_ffff_ffff_ffff;
            let (bound, width, height) = LAYERS[layer];
            let x = place as f64 * f64::from_bits(width);
            let signed = if negative { -x } else { x };
            if place < bound {
                return signed;
            }
            if layer == 0 {
                loop {
                    let beyond = -INVERSE_TAIL * libm::log1p(-self.uniform());
                    let under = -libm::log1p(-self.uniform());
                    if under + under > beyond * beyond {
                        let far = TAIL + beyond;
                        return if place >> 8 & 1 == 1 { -far } else { far };
                    }
                }
            }
            let (height, above) = (f64::from_bits(height), f64::from_bits(LAYERS[layer - 1].2));
            if (above - height) * self.uniform() + height < libm::exp(-0.5 * x * x) {
                return signed;
            }
        }
    }
}

/// `SeedSequence(seed).generate_state(4, uint64)`.
fn seed_words(seed: u64) -> [u64; 4] {
    let mut constant: u32 = 0x43b0_d7e5;
    let mut hashed = |value: u32| {
        let value = value ^ constant;
        constant = constant.wrapping_mul(0x931e_8875);
        let value = value.wrapping_mul(constant);
        value ^ value >> 16
    };
    let mut pool = [seed as u32, (seed >> 32) as u32, 0, 0].map(&mut hashed);
    for from in 0..4 {
        for to in (0..4).filter(|to| *to != from) {
            let mixed = 0xca01_f9ddu32
                .wrapping_mul(pool[to])
                .wrapping_sub(0x4973_f715u32.wrapping_mul(hashed(pool[from])));
            pool[to] = mixed ^ mixed >> 16;
        }
    }
    let mut constant: u32 = 0x8b51_f9dd;
    let mut word = |i: usize| {
        let value = pool[i % 4] ^ constant;
        constant = constant.wrapping_mul(0x58f3_8ded);
        let value = value.wrapping_mul(constant);
        u64::from(value ^ value >> 16)
    };
    std::array::from_fn(|i| {
        let low = word(2 * i);
        low | word(2 * i + 1) << 32
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_are_those_of_numpy() {
        // numpy 2.4.6: default_rng(seed).integers(0, 2**64, dtype="uint64") and the sum of a million standard normals.
        for (seed, bits) in BITS {
            let mut rng = Numpy::new(seed);
            assert_eq!([rng.bits(), rng.bits()], bits, "seed {seed}");
        }
        let mut rng = Numpy::new(42);
        let mut folded = 0u64;
        for _ in 0..1_000_000 {
            folded = folded.rotate_left(1) ^ rng.normal().to_bits();
        }
        assert_eq!(folded, FOLDED, "every bit of a million normal numbers, tails and wedges among them");
    }

    const BITS: [(u64, [u64; 2]); 4] = [
        (0, [11749869230777074271, 4976686463289251617]),
        (42, [14276969152011380360, 8095878257575067585]),
        (4294967303, [14206593023844375757, 2064693230803885548]),
        (18446744073709551615, [12544278110101001871, 15593249672699323225]),
    ];
    const FOLDED: u64 = 0x5e9394b43f28a341;
}
