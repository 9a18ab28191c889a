//! The form of a chart for a narrow screen: panels below one another, letters as large as on a wide one.

use plotters::backend::SVGBackend;

use crate::canvas::{Canvas, Surface};
use crate::chart::{Axis, Chart, Mark, Panel, Scale};
use crate::text::{Fonts, LABEL};
use crate::{PlotError, layout};

/// How wide the narrow form is, in points: a telephone's screen less its margins.
const WIDTH: f64 = 370.0;
/// How high a panel of numbers is, and one among many.
const PANEL: f64 = 190.0;
const SMALL: f64 = 78.0;
/// From so many panels on they are small.
const MANY: usize = 9;
/// How high a row of names is.
const ROW: f64 = 26.0;
/// Columns of names that stand side by side on a narrow screen.
const COLUMNS_MOST: usize = 2;

impl Chart {
    /// The same chart for a narrow screen. Its data is the same; what stood side by side stands below one another.
    ///
    /// ```
    /// use plot::{Chart, Panel, Axis, Table};
    ///
    /// let mut chart = Chart::new("three panels", Table::new(&["time_s"]));
    /// chart.panels = vec![Panel::new(Axis::new("x", 0.0, 1.0), Axis::new("y", 0.0, 1.0)); 3];
    /// chart.columns = 3;
    /// let narrow = chart.narrow()?;
    /// assert_eq!((narrow.columns, narrow.panels.len()), (1, 3));
    /// assert!(narrow.size.0 < 400.0 && narrow.csv() == chart.csv());
    /// # Ok::<(), plot::PlotError>(())
    /// ```
    ///
    /// # Errors
    /// [`PlotError::Draw`] where the embedded font cannot be read.
    pub fn narrow(&self) -> Result<Chart, PlotError> {
        let mut chart = self.clone();
        chart.panels = self.panels.iter().flat_map(one_by_one).collect();
        chart.columns = 1;
        let few = chart.panels.len() < MANY;
        let panels: f64 = chart.panels.iter().map(|p| height(p, few) + around(p)).sum();
        let panels = if chart.panels.is_empty() { PANEL } else { panels };
        // A row of names needs its height whatever the weights were for.
        for panel in &mut chart.panels {
            if matches!(panel.y.scale, Scale::Names(_)) {
                panel.weight = height(panel, few) / PANEL;
            }
        }
        chart.size = (WIDTH, 0.0);
        chart.size.1 = (words(&chart)? + panels).min(16_000.0);
        Ok(chart)
    }
}

/// A panel of many columns as a panel per column; any other one as it is.
fn one_by_one(panel: &Panel) -> Vec<Panel> {
    let names = match &panel.x.scale {
        Scale::Names(names) if names.len() > COLUMNS_MOST => names,
        _ => return vec![panel.clone()],
    };
    let column = |(i, name): (usize, &String)| {
        let at = i as f64;
        let inside = |x: f64| (x - at).abs() <= 0.5;
        let marks = panel.marks.iter().filter_map(|mark| match mark {
            Mark::Boxes { boxes, fill } => {
                let boxes: Vec<[f64; 4]> = boxes
                    .iter()
                    .filter(|b| inside((b[0] + b[2]) / 2.0))
                    .map(|b| [b[0] - at, b[1], b[2] - at, b[3]])
                    .collect();
                (!boxes.is_empty()).then_some(Mark::Boxes { boxes, fill: *fill })
            }
            Mark::Text { words, ink, bold } => {
                let words: Vec<(f64, f64, String)> =
                    words.iter().filter(|w| inside(w.0)).map(|w| (w.0 - at, w.1, w.2.clone())).collect();
                (!words.is_empty()).then_some(Mark::Text { words, ink: *ink, bold: *bold })
            }
            other => Some(other.clone()),
        });
        Panel {
            title: name.clone(),
            x: Axis::names("", vec![String::new()]),
            marks: marks.collect(),
            ..panel.clone()
        }
    };
    names.iter().enumerate().map(column).collect()
}

/// How high the inside of a panel is.
fn height(panel: &Panel, few: bool) -> f64 {
    match &panel.y.scale {
        Scale::Names(names) => ROW * names.len().max(2) as f64,
        Scale::Numbers => (if few { PANEL } else { SMALL }) * panel.weight.clamp(0.5, 2.0),
    }
}

/// What stands above and below a panel: its title, its numbers and the label of its axis.
fn around(panel: &Panel) -> f64 {
    let title = if panel.title.is_empty() && panel.corner.is_empty() { 4.0 } else { 20.0 };
    let label = if panel.x.label.is_empty() { LABEL.size * 1.6 } else { LABEL.size * 3.1 };
    title + label + 10.0
}

/// The height of all that is no panel.
fn words(chart: &Chart) -> Result<f64, PlotError> {
    let mut nowhere = String::new();
    let surface = Surface::Vector(SVGBackend::with_string(&mut nowhere, (1, 1)));
    let mut canvas = Canvas { surface, fonts: Fonts::embedded()?, scale: 1.0 };
    layout::around_panels(chart, &mut canvas, WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fill, Table};

    #[test]
    fn a_wide_table_becomes_a_panel_per_column() {
        let names = ["a", "b", "c"].map(String::from).to_vec();
        let mut panel = Panel::new(Axis::names("", names), Axis::names("", vec!["r".into()]).inverted());
        let fill = Fill::solid(crate::Colour(1, 2, 3));
        panel.marks.push(Mark::Boxes { boxes: vec![[1.6, -0.4, 2.4, 0.4]], fill });
        panel.marks.push(Mark::Text {
            words: vec![(2.0, 0.0, "+5".into())],
            ink: crate::Colour(0, 0, 0),
            bold: false,
        });
        let mut chart = Chart::new("t", Table::default());
        chart.panels = vec![panel];
        let narrow = chart.narrow().expect("drawn");
        let titles: Vec<&str> = narrow.panels.iter().map(|p| p.title.as_str()).collect();
        assert_eq!(titles, ["a", "b", "c"]);
        assert!(narrow.panels[0].marks.is_empty());
        let Mark::Text { words, .. } = &narrow.panels[2].marks[1] else { panic!("words") };
        assert_eq!(words, &[(0.0, 0.0, "+5".to_string())]);
    }

    #[test]
    fn long_words_make_room_for_themselves() {
        let mut chart = Chart::new("t", Table::default());
        chart.panels = vec![Panel::new(Axis::new("x", 0.0, 1.0), Axis::new("y", 0.0, 1.0))];
        let short = chart.narrow().expect("drawn").size.1;
        chart.subtitle = "many words that go on and on ".repeat(12);
        assert!(chart.narrow().expect("drawn").size.1 > short + 80.0);
    }
}
