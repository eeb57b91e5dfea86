//! Amendments of a part of a field, and those that lead to a field and cannot be applied.

use super::wco::{FORM, ITEM, amendments, message, pointer};
use super::*;

/// Rows of a message about the first item that repeats this of it.
fn of(steps: &[&str], item: &str) -> Vec<String> {
    let steps: Vec<String> = steps.iter().map(|step| format!("42A/67A/68A.1/{step}")).collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    amendments(&steps, "", "", &format!("<SequenceNumeric>1</SequenceNumeric>{item}"))
}

fn procedure(text: &str) -> String {
    format!("<GovernmentProcedure>{text}</GovernmentProcedure>")
}

fn commodity(classes: &[(&str, &str)]) -> String {
    let class = |(id, kind): &(&str, &str)| {
        format!("<Classification><ID>{id}</ID><IdentificationTypeCode>{kind}</IdentificationTypeCode></Classification>")
    };
    format!("<Commodity>{}</Commodity>", classes.iter().map(class).collect::<String>())
}

#[test]
fn a_part_of_a_procedure_is_its_characters() {
    let requested = procedure("<CurrentCode>71</CurrentCode>");
    assert_eq!(of(&["70A.1#166"], &requested), ["1 1 procedure_code[1-2]=71"]);
    let previous = procedure("<PreviousCode>71</PreviousCode>");
    assert_eq!(of(&["70A.1#161"], &previous), ["1 1 procedure_code[3-4]=71"]);
    let both = procedure("<CurrentCode>71</CurrentCode><PreviousCode>00</PreviousCode>");
    assert_eq!(of(&["70A.1#166", "70A.1#161"], &both), ["1 1 procedure_code=7100", "2 1 procedure_code[3-4]=00"]);
    // An additional procedure is wider, and of a whole element it is not known what it leaves out.
    let additional = procedure("<CurrentCode>C07</CurrentCode>");
    let kept = "procedure_code or additional_procedure at 42A/67A/68A[1]/70A[1]";
    assert_eq!(of(&["70A.1#166"], &additional), [format!("1 1 {kept}#166=C07")]);
    assert_eq!(of(&["70A.1"], &requested), [format!("1 1 {kept}=")]);
}

#[test]
fn a_part_of_a_commodity_code_is_its_characters() {
    let first = ["1 1 commodity_code[1-8]=22042111"];
    assert_eq!(of(&["23A/21A.1#145"], &commodity(&[("22042111", "TSP")])), first);
    assert_eq!(of(&["23A/21A.1"], &commodity(&[("2204.2111", "TSP")])), first);
    assert_eq!(of(&["23A/21A.2#145"], &commodity(&[("90", "TRC")])), ["1 1 commodity_code[9-]=90"]);
    // With the rest beside it, it is the whole; the rest alone is what changed of it.
    let two = commodity(&[("22042111", "TSP"), ("90", "TRC")]);
    assert_eq!(of(&["23A/21A.1#145", "23A/21A.2#145"], &two), ["1 1 commodity_code=2204211190", "2 1 commodity_code[9-]=90"]);
    // All of the goods said again: what is not there is nowhere.
    assert!(of(&["23A"], &commodity(&[("22042111", "TSP")])).contains(&"1 1 commodity_code=22042111".to_owned()));
}

#[test]
fn what_is_no_part_for_certain_is_kept_under_its_field() {
    let at = "42A/67A/68A[1]/23A/21A[1]#145";
    for (id, kind) in [("2204211190", "TSP"), ("220421", "TSP"), ("9O", "TRC")] {
        assert_eq!(of(&["23A/21A.1#145"], &commodity(&[(id, kind)])), [format!("1 1 commodity_code at {at}={id}")]);
    }
    let bare = "<Commodity><Classification><ID>22042111</ID></Classification></Commodity>";
    assert_eq!(of(&["23A/21A.1#145"], bare), [format!("1 1 commodity_code at {at}=22042111")]);
    // A code of another kind is none of a commodity.
    assert_eq!(of(&["23A/21A.1#145"], &commodity(&[("VATZ", "GN")])), [format!("1 1 {at}=VATZ")]);
    // The origin that a preference is claimed for, beside the one of the goods.
    let origin = |kind: &str| format!("<Origin><CountryCode>CN</CountryCode>{kind}</Origin>");
    for kind in ["", "<TypeCode>2</TypeCode>"] {
        assert_eq!(of(&["92A.1#063"], &origin(kind)), ["1 1 origin_country at 42A/67A/68A[1]/92A[1]#063=CN"]);
    }
    assert_eq!(of(&["92A.1#063"], &origin("<TypeCode>1</TypeCode>")), ["1 1 origin_country=CN"]);
}

#[test]
fn an_amended_value_that_cannot_be_read_takes_nothing_out() {
    let of = |steps: &str, from: &str, to: &str| {
        assert!(ITEM.contains(from), "{from}");
        let decoded = read(FORM, &message("COR", &pointer(steps, "28"), "", &ITEM.replace(from, to)));
        let rows = (0..decoded.amendments.num_rows())
            .map(|row| format!("{}={}", cell(&decoded.amendments, "field", row), cell(&decoded.amendments, "value", row)));
        (rows.collect::<Vec<_>>(), decoded.faults)
    };
    let (rows, faults) = of("42A/67A/68A.2#114", ">900<", ">1,700.00<");
    assert_eq!(rows, ["statistical_value at 42A/67A/68A[2]#114=1,700.00"]);
    let fault = &faults[0];
    assert_eq!((fault.code, fault.found.as_str(), &*fault.expected), (FaultCode::NotANumber, "1,700.00", "a number"));
    assert!(fault.raw.ends_with(": declaration_id=REF1"), "{}", fault.raw);
    // The currency beside it can be read.
    let (rows, _) = of("42A/67A/68A.2/79A#112", ">1000<", ">much<");
    assert_eq!(rows, Vec::<String>::from(["42A/67A/68A[2]/79A#112=".to_owned()]));
    let (rows, _) = of("42A/67A/68A.2/23A/79A#112", ">1000<", ">much<");
    assert_eq!(rows, ["invoice_currency=EUR", "invoice_amount at 42A/67A/68A[2]/23A/79A#112=much"]);
    // So it is with a mass in another unit.
    let (rows, faults) = of("42A/67A/68A.2/23A/65A#126", "'KGM'>150<", "'LTR'>150<");
    assert_eq!(rows, ["gross_mass_kg at 42A/67A/68A[2]/23A/65A#126=150"]);
    assert_eq!((faults[0].code, faults[0].found.as_str()), (FaultCode::UnitUnknown, "150 LTR"));
    // Nor is a count below nothing one, whoever tells it.
    let header = format!("<TotalPackageQuantity>-25</TotalPackageQuantity>{}", pointer("42A#146", "28"));
    let decoded = read(FORM, &message("COR", &header, "", ""));
    assert_eq!(cell(&decoded.amendments, "field", 0), "package_count at 42A#146");
    assert_eq!((decoded.faults[0].code, decoded.faults[0].found.as_str()), (FaultCode::Negative, "-25"));
}

#[test]
fn a_fault_of_a_measure_names_the_declaration() {
    let decoded = read(FORM, &message("IMA", "", "", &ITEM.replace("'KGM'>150<", "'LTR'>150<")));
    let fault = &decoded.faults[0];
    assert_eq!(fault.code, FaultCode::UnitUnknown);
    assert!(fault.raw.ends_with(": declaration_id=REF1"), "{}", fault.raw);
}

#[test]
fn codes_in_small_letters_are_codes() {
    let item = ITEM.replace("'EUR'", "'eur'").replace(">US<", ">us<").replace(">FR<", ">fr<");
    let header = "<InvoiceAmount currencyID='jpy'>5</InvoiceAmount><BorderTransportMeans><RegistrationNationalityCode>us</RegistrationNationalityCode></BorderTransportMeans>";
    let shipment = "<CustomsValuation><FreightChargeAmount currencyID='usd'>1</FreightChargeAmount></CustomsValuation><Destination><CountryCode>gb</CountryCode></Destination>
<ExportCountry><ID>cn</ID></ExportCountry><TradeTerms><ConditionCode>cif</ConditionCode></TradeTerms>";
    let decoded = read(FORM, &message("IMA", header, shipment, &item));
    let fields = [
        "origin_country",
        "consignment_country",
        "destination_country",
        "delivery_terms",
        "invoice_currency",
        "transport_nationality",
    ];
    assert_eq!(fields.map(|field| cell(&decoded.items, field, 0)), ["US", "CN", "GB", "CIF", "EUR", "US"]);
    let currencies = ["invoice_currency", "freight_currency"].map(|field| cell(&decoded.declarations, field, 0));
    assert_eq!(currencies, ["JPY", "USD"]);
}
