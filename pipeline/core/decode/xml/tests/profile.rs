//! What some profiles of the WCO Data Model write otherwise.

use super::wco::{FORM, HEADER, ITEM, SHIPMENT, amendments, message};
use super::*;

/// Profiles of the model differ in where they put the measures of goods, and in what they call the net mass.
#[test]
fn measures_may_stand_below_the_item_itself() {
    let begin = ITEM.find("<GoodsMeasure>").expect("measures");
    let end = ITEM.find("</GoodsMeasure>").expect("their end") + "</GoodsMeasure>".len();
    let measures = &ITEM[begin..end];
    let net = |name: &str| {
        measures
            .replace("NetNetWeightMeasure>", &format!("{name}>"))
            .replace(&format!("<{name}>100.5"), &format!("<{name} unitCode='TNE'>0.1005"))
    };
    let fields = ["gross_mass_kg", "net_mass_kg", "supplementary_quantity", "supplementary_unit"];
    let expected = ["150.000", "100.500", "10.000", "NAR"];
    for name in ["NetNetWeightMeasure", "NetWeightMeasure"] {
        let within = ITEM.replace(measures, &net(name));
        let below = format!("{}{}", ITEM.replace(measures, ""), net(name));
        for item in [&within, &below] {
            let decoded = read(FORM, &message("IMA", HEADER, SHIPMENT, item));
            assert!(decoded.faults.is_empty(), "{:?}", decoded.faults);
            assert_eq!(fields.map(|field| cell(&decoded.items, field, 0)), expected, "{name}");
        }
        let rows = amendments(&["42A/67A/68A.2/65A"], "", "", &below);
        for (field, value) in fields.iter().zip(expected) {
            assert!(rows.contains(&format!("1 2 {field}={value}")), "{field} in {rows:?}");
        }
    }
    // The unit is that of the element which says the mass.
    let other = format!("{ITEM}<GoodsMeasure><NetWeightMeasure unitCode='TNE'/></GoodsMeasure>");
    assert_eq!(cell(&read(FORM, &message("IMA", HEADER, SHIPMENT, &other)).items, "net_mass_kg", 0), "100.500");
    // A mass is taken out where the message names its place and does not repeat it.
    let without = ITEM.replace(measures, "");
    assert_eq!(amendments(&["42A/67A/68A.2/65A#128"], "", "", &without), ["1 2 net_mass_kg="]);
}

#[test]
fn an_item_without_a_number_is_not_taken_out() {
    let unnumbered = ITEM.replace("<SequenceNumeric>2</SequenceNumeric>", "");
    let value = "42A/67A/68A.2#114";
    // Alone it is the one that the pointer names.
    assert_eq!(amendments(&[value], "", "", &unnumbered), ["1 2 statistical_value=900.00"]);
    let mut whole = amendments(&["42A/67A/68A.2"], "", "", &unnumbered);
    assert!(whole.contains(&"1 2 statistical_value=900.00".to_owned()), "{whole:?}");
    whole.retain(|row| row.contains("status"));
    assert_eq!(whole, Vec::<String>::new());
    // Of several it is known of none, and what the pointer names is neither changed nor gone.
    let between = "</GovernmentAgencyGoodsItem><GovernmentAgencyGoodsItem>";
    let several = [&*unnumbered, &unnumbered].join(between);
    assert_eq!(amendments(&[value], "", "", &several), ["1 2 statistical_value at 42A/67A/68A[2]#114="]);
    let item = amendments(&["42A/67A/68A.2"], "", "", &several);
    assert_eq!(item, ["1 2 procedure_code or others at 42A/67A/68A[2]="]);
    let mixed = [&*unnumbered, &ITEM.replace("<SequenceNumeric>2<", "<SequenceNumeric>7<")].join(between);
    assert_eq!(amendments(&[value], "", "", &mixed), ["1 2 statistical_value at 42A/67A/68A[2]#114="]);
    // One that has the number is meant, whatever stands beside it; and where all have others, it is gone.
    let named = [&*unnumbered, ITEM].join(between);
    assert_eq!(amendments(&[value], "", "", &named), ["1 2 statistical_value=900.00"]);
    let others = [3, 7].map(|number| ITEM.replace("<SequenceNumeric>2<", &format!("<SequenceNumeric>{number}<"))).join(between);
    assert_eq!(amendments(&[value], "", "", &others), ["1 2 statistical_value="]);
}
