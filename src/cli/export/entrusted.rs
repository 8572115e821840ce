//! What patients entrust, as people read it: their answers, and the files that they send along. In the database both are
//! encrypted with keys that stay there.

use std::{io, path::Path};

use uuid::Uuid;

use super::{
    Stopped,
    files::{Cell, Format, TableFile, write_bytes},
    people::{ANSWERS, PAPERS},
};
use crate::{
    booking::server::answers::KeptForExport,
    db::{Conn, private},
    papers::server::PaperForExport,
    state::AppState,
    time::{Timestamp, server::rfc3339},
};

/// Rows that are read at a time.
const BATCH: usize = 200;

fn text(text: impl Into<String>) -> Option<Cell> {
    Some(Cell::Text(text.into()))
}

fn moment(at: Option<Timestamp>) -> Option<Cell> {
    at.map(|at| Cell::Text(rfc3339(at, 0)))
}

/// One row for each question that was answered.
pub(super) async fn answers(
    app: &AppState,
    conn: &mut Conn<'_>,
    folder: &Path,
    format: Format,
) -> Result<u64, Stopped> {
    let mut file = TableFile::create(folder, &ANSWERS, format)?;
    let (mut rows, mut after) = (0, Uuid::nil());
    loop {
        let batch = KeptForExport::after(conn, &app.data_keys, after, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = last.appointment.0;
        for kept in batch {
            // answers whose key is gone leave one row, so that nobody takes them for none
            let readable = kept.answered.is_some();
            let answered = kept.answered.unwrap_or_else(|| vec![(String::new(), String::new())]);
            for (question, answer) in answered {
                file.write(vec![
                    text(kept.appointment.to_string()),
                    text(&kept.reference),
                    text(kept.visit_type.to_string()),
                    Some(Cell::Number(kept.version)),
                    moment(Some(kept.answered_at)),
                    text(question),
                    text(answer),
                    Some(Cell::YesNo(readable)),
                ])?;
                rows += 1;
            }
        }
    }
    file.finish()?;
    Ok(rows)
}

/// The list of all files, and those that can be opened in a folder. A file whose bytes are not in the store is in the list
/// without a name of a file.
pub(super) async fn papers(app: &AppState, conn: &mut Conn<'_>, folder: &Path, format: Format) -> Result<u64, Stopped> {
    let mut file = TableFile::create(folder, &PAPERS, format)?;
    let (mut rows, mut after) = (0, Uuid::nil());
    loop {
        let batch = PaperForExport::after(conn, &app.data_keys, after, BATCH).await?;
        let Some(last) = batch.last() else { break };
        after = last.id.0;
        for paper in batch {
            let name = match paper.bytes(app).await {
                Some(bytes) => Some(keep(folder, &paper, &bytes)?),
                None => None,
            };
            file.write(vec![
                text(paper.id.to_string()),
                text(&paper.reference),
                text(paper.patient_id.to_string()),
                text(paper.added_by.to_string()),
                text(&paper.added_role),
                text(&paper.name),
                text(&paper.kind),
                Some(Cell::Number(paper.size)),
                text(&paper.state),
                moment(Some(paper.added_at)),
                moment(paper.ended_at),
                name.map(Cell::Text),
            ])?;
            rows += 1;
        }
    }
    file.finish()?;
    Ok(rows)
}

/// Writes a file under its id: what its sender called it is in the list, and may be no name for a file.
fn keep(folder: &Path, paper: &PaperForExport, bytes: &[u8]) -> io::Result<String> {
    let name = format!("{}/{}.{}", PAPERS.name, paper.id, paper.kind);
    private::make_folder(&folder.join(PAPERS.name))?;
    write_bytes(&folder.join(&name), bytes)?;
    Ok(name)
}
