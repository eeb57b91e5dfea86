//! Files of the form `sad_csv`, from one good line and what differs from it.

/// The columns in the order written, with the cells of a good line.
const GOOD: &[(&str, &str)] = &[
    ("declaration_id", "26AZ1001"),
    ("item_no", "1"),
    ("declaration_type", "IM"),
    ("procedure_code", "4000"),
    ("acceptance_date", "2026-03-10"),
    ("customs_office", "AZ101"),
    ("trader_id", "1000000005"),
    ("declarant_id", "2000000463"),
    ("consignment_country", "TR"),
    ("origin_country", "TR"),
    ("destination_country", "AZ"),
    ("delivery_terms", "CIP"),
    ("invoice_currency", "USD"),
    ("exchange_rate", "1.7"),
    ("transaction_nature", "11"),
    ("border_transport_mode", "3"),
    ("commodity_code", "0702000000"),
    ("goods_description", "Tomatoes"),
    ("gross_mass_kg", "1000"),
    ("net_mass_kg", "900"),
    ("supplementary_unit", ""),
    ("supplementary_quantity", ""),
    ("invoice_amount", "1500"),
    ("freight_cost", ""),
    ("insurance_cost", ""),
    ("statistical_value", "1500.00"),
    ("version", ""),
    ("status", ""),
];

pub fn header() -> String {
    GOOD.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(",")
}

/// A good line with these cells instead of its own.
pub fn row(changes: &[(&str, &str)]) -> String {
    let unknown = changes.iter().find(|(name, _)| !GOOD.iter().any(|(column, _)| column == name));
    assert!(unknown.is_none(), "no column {unknown:?}");
    let cell =
        |(name, good): &(&str, &str)| changes.iter().rev().find(|(n, _)| n == name).map_or(*good, |(_, text)| *text).to_string();
    GOOD.iter().map(cell).collect::<Vec<_>>().join(",")
}

/// A header and these lines.
pub fn file(rows: &[String]) -> String {
    let mut text = header() + "\n";
    for row in rows {
        text.push_str(row);
        text.push('\n');
    }
    text
}

/// So many good imports of 100 dollars, each a declaration of its own: `26AZ9000` and on.
pub fn imports(count: usize) -> Vec<String> {
    (0..count).map(|i| row(&[("declaration_id", &format!("26AZ{}", 9000 + i)), ("statistical_value", "100.00")])).collect()
}
