//! What exists, as a table for people.

use super::Record;

/// One line per record under a heading, columns aligned.
pub fn table(records: &[Record]) -> String {
    let mut rows = vec![["TYPE", "NAME", "WHERE", "CREATED", "ID"].map(str::to_owned)];
    for record in records {
        let place = ["zone", "region", "location"]
            .iter()
            .find_map(|name| record.attributes.get(*name)?.as_str())
            .unwrap_or("-");
        rows.push([
            record.r#type.clone(),
            record.name.clone(),
            place.to_owned(),
            record.created.clone(),
            record.id.clone(),
        ]);
    }
    let mut widths = [0; 5];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let [a, b, c, d, _] = widths;
    let line = |[kind, name, place, created, id]: &[String; 5]| {
        format!("{kind:a$}  {name:b$}  {place:c$}  {created:d$}  {id}\n")
    };
    rows.iter().map(line).collect::<Vec<_>>().concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_each_other() {
        let record: Record = serde_json::from_value(serde_json::json!({
            "provider": "google", "type": "google_storage_bucket", "id": "b-1", "name": "b-1",
            "sandbox": true, "created": "2026-01-01T00:00:00Z", "updated": "", "revision": 1,
            "attributes": {"location": "europe-west1"},
        }))
        .unwrap();
        let text = table(&[record]);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0].find("NAME"), lines[1].find("b-1"));
        assert!(lines[1].contains("europe-west1  2026-01-01T00:00:00Z  b-1"));
    }
}
