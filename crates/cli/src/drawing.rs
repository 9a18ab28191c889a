//! How large charts are drawn, and what stands above them: the options of every command that draws.

use std::path::Path;

use clap::Args;
use plot::{Chart, Format, Size};

use crate::{Error, files};

/// Points in an inch.
const POINTS: f64 = 72.0;
/// The largest side of a picture that may be asked for, in pixels.
const LARGEST: u32 = 16_384;

/// Size, resolution and title of charts.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct DrawingArgs {
    /// Size of charts: WIDTHxHEIGHT, in pixels of a PNG, in points of an SVG or PDF
    #[arg(long, value_name = "WxH", value_parser = size, help_heading = "Drawing")]
    size: Option<Size>,
    /// Pixels per inch of a PNG, in which letters are 12 points high [default: 144]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(24..=1200), help_heading = "Drawing")]
    dpi: Option<u16>,
    /// Title of charts, instead of their own
    #[arg(long, value_name = "TEXT", help_heading = "Drawing")]
    title: Option<String>,
}

/// `800x600`.
fn size(text: &str) -> Result<Size, String> {
    let side = |text: &str| text.trim().parse::<u32>().ok().filter(|n| (1..=LARGEST).contains(n));
    let parsed = text.split_once(['x', 'X', '×']).and_then(|(w, h)| Some((side(w)?, side(h)?)));
    let (width, height) =
        parsed.ok_or_else(|| format!("expected WIDTHxHEIGHT such as 1200x800, each from 1 to {LARGEST}"))?;
    Ok(Size { width, height })
}

impl DrawingArgs {
    pub(crate) fn titled(&self, mut chart: Chart) -> Chart {
        if let Some(title) = &self.title {
            chart.title = title.clone();
        }
        chart
    }

    /// The same where there are several charts: the title stands before the own one of each.
    pub(crate) fn headed(&self, chart: &Chart) -> Chart {
        let mut chart = chart.clone();
        if let Some(title) = &self.title {
            chart.title = format!("{title}: {}", chart.title);
        }
        chart
    }

    /// A chart as the bytes of a picture.
    pub(crate) fn render(&self, chart: &Chart, format: Format) -> Result<Vec<u8>, Error> {
        // Pixels per point; an SVG and a PDF are measured in points.
        let fine = match (format, self.dpi) {
            (Format::Svg | Format::Pdf, _) => 1.0,
            (_, Some(dpi)) => f64::from(dpi) / POINTS,
            (_, None) => 2.0,
        };
        let mut chart = chart.clone();
        let size = match self.size {
            None => Size::of(&chart, fine),
            Some(size) => {
                // Letters keep their size: a small picture has less room, not smaller letters.
                chart.size = (f64::from(size.width) / fine, f64::from(size.height) / fine);
                size
            }
        };
        Ok(plot::render(&chart, format, Some(size))?)
    }

    /// Writes a chart and, beside it, its data.
    pub(crate) fn save(&self, chart: Chart, path: &Path) -> Result<(), Error> {
        let chart = self.titled(chart);
        files::write(path, &self.render(&chart, Format::of(path)?)?)?;
        files::write(&path.with_extension("csv"), chart.csv().as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_two_numbers() {
        assert_eq!(size("800x600"), Ok(Size { width: 800, height: 600 }));
        assert_eq!(size("800 × 600"), Ok(Size { width: 800, height: 600 }));
        for wrong in ["800", "0x5", "axb", "20000x5", "-1x5", ""] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
