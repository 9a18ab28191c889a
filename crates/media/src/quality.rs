//! How a segment looks on a rung, where someone measured it.

/// What was measured of the picture of a segment on a rung, against the source.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Quality {
    /// VMAF, 0 to 100.
    pub vmaf: Option<f64>,
    /// Structural similarity, 0 to 1 (not in dB).
    pub ssim: Option<f64>,
}

impl Quality {
    /// The measure that is out of its range: its name, its value and what is expected.
    pub(crate) fn fault(&self) -> Option<(&'static str, f64, &'static str)> {
        let vmaf = self.vmaf.filter(|v| !(0.0..=100.0).contains(v));
        let ssim = self.ssim.filter(|s| !(0.0..=1.0).contains(s));
        vmaf.map(|v| ("vmaf", v, "a number from 0 to 100"))
            .or_else(|| ssim.map(|s| ("ssim", s, "a number from 0 to 1 (not in dB)")))
    }
}
