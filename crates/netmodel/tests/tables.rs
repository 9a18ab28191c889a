//! Tables of any shape: one link, 3 and 5 Mbit/s by turns for 2 s each, as people's tools write it down.

use netmodel::NetworkError;
use netmodel::formats::{self, ReadOptions, Recording};
use units::Seconds;

const ROWS: usize = 6;

fn read(spec: Option<&str>, bytes: &[u8]) -> Result<Recording, NetworkError> {
    match spec {
        None => formats::read(bytes, None, &ReadOptions::default()),
        Some(spec) => {
            let (format, options, _) = formats::parse_spec(spec)?;
            formats::read(bytes, Some(format), &options)
        }
    }
}

/// A table with this header: each row from its time in s and its rate in Mbit/s.
fn table(header: &str, row: impl Fn(usize, f64) -> String) -> String {
    let rows: String = (0..ROWS).map(|i| row(2 * i, [3.0, 5.0][i % 2]) + "\n").collect();
    format!("{header}\n{rows}")
}

fn the_link(spec: Option<&str>, text: &str) {
    let read = read(spec, text.as_bytes()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let steps: Vec<(Seconds, f64)> =
        read.trace.periods().iter().map(|p| (p.duration, p.rate.mbps())).collect();
    let wanted: Vec<(Seconds, f64)> = (0..ROWS).map(|i| (Seconds::new(2.0), [3.0, 5.0][i % 2])).collect();
    assert_eq!(steps, wanted, "{text}");
}

fn refused(spec: Option<&str>, text: &str, says: &str) {
    let error = read(spec, text.as_bytes()).map(|r| r.trace.duration()).expect_err(text).to_string();
    assert!(error.contains(says), "{error}\n{text}");
}

#[test]
fn whatever_stands_between_the_columns() {
    for separator in [",", ";", "\t", "|", " ", "    "] {
        let row = |t, r| format!("{t}{separator}{r}");
        the_link(None, &table(&row_of_names(separator), row));
    }
    the_link(None, &table("time,mbps,", |t, r| format!("{t},{r},")));
    the_link(None, &format!("sep=;\n{}", table("time;mbps", |t, r| format!("{t};{r}"))));
    the_link(None, &table("time;mbps", |t, r| format!("{t},0;{r},0")));
    the_link(None, &table("\"time\",\"mbps\"", |t, r| format!("\"{t},0\",\"{r},0\"")));
    refused(None, &table("time,mbps", |t, r| format!("{t},\"{r},000\"")), "mbps is `3,000`");
}

fn row_of_names(separator: &str) -> String {
    format!("time{separator}mbps")
}

#[test]
fn a_table_without_a_header_keeps_its_first_row() {
    let text = table("", |t, r| format!("{t};{}", r * 1000.0)).trim_start().to_string();
    the_link(Some("csv:time=1,rate=2,unit=kbit"), &text);
    refused(None, &text, "a table of the columns `1`, `2`, expected which column is the time");
    let rates = table("", |_, r| r.to_string()).trim_start().to_string();
    the_link(Some("csv:rate=1,unit=Mbit,rows=2"), &rates);
    the_link(Some("csv:rate=rate,unit=Mbit,rows=2"), &format!("rate\n{rates}"));
}

#[test]
fn times_as_clocks_and_calendars_show_them() {
    let clock = |row: &dyn Fn(usize) -> String| table("time,mbps", |t, r| format!("{},{r}", row(t)));
    the_link(None, &clock(&|t| format!("{}:59:{:02} PM", 11, t + 40)));
    the_link(
        None,
        &clock(&|t| [format!("11:59:{} AM", t + 54), format!("12:00:0{} PM", t % 6)][t / 6].clone()),
    );
    the_link(
        None,
        &clock(&|t| [format!("11:59:{} PM", t + 54), format!("12:00:0{} AM", t % 6)][t / 6].clone()),
    );
    the_link(None, &clock(&|t| format!("28/02/2024 10:00:{t:02}")));
    the_link(None, &clock(&|t| format!("2/28/2024 10:00:{t:02}")));
    // Which is the day does not matter within one.
    the_link(None, &clock(&|t| format!("3/4/2024 10:00:{t:02} AM")));
    let over = |a: &str, b: &str| {
        clock(&|t| if t < 6 { format!("{a} 23:59:{}", t + 54) } else { format!("{b} 00:00:0{}", t - 6) })
    };
    // One clear date tells the order of all.
    the_link(None, &over("2/12/2024", "2/13/2024"));
    the_link(None, &over("12/2/2024", "13/2/2024"));
    refused(None, &over("2/3/2024", "3/3/2024"), "which is the day, which the month?");
}

#[test]
fn what_is_not_there_is_left_out() {
    for missing in ["", "-", "n/a", "NaN", "null", "?"] {
        let text = table("time,mbps", |t, r| format!("{t},{r}")) + &format!("12,{missing}\n");
        let read = read(None, text.as_bytes()).unwrap_or_else(|e| panic!("{missing}: {e}"));
        assert!(read.notes.iter().any(|n| n.contains("1 row(s)")), "{missing}: {:?}", read.notes);
    }
}

#[test]
fn utf_16_is_text() {
    let text = table("time\tmbps", |t, r| format!("{t}\t{r}"));
    let bytes =
        |of: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(of).collect::<Vec<u8>>();
    for bytes in [bytes(u16::to_le_bytes), bytes(u16::to_be_bytes)] {
        assert_eq!(formats::sniff(&bytes).map(|s| s.format.name()), Ok("csv"));
        let read = read(None, &bytes).expect("a table");
        assert_eq!(read.trace.duration(), Seconds::new(12.0));
    }
}

#[test]
fn iperf_with_time_stamps() {
    let line = |t: usize, r: f64| {
        format!("Mon Jan  1 10:00:{t:02} 2024 [  5] {t}.00-{}.00 sec  1.0 MBytes  {r:.2} Mbits/sec", t + 2)
    };
    the_link(None, &table("Mon Jan  1 10:00:00 2024 Connecting to host a.example, port 5201", line));
}
