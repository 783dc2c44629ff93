"""Languages of documents and passages, and silence where a text does not tell."""

import json
import unicodedata
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.language import MIN_LETTERS, identify_language, identify_passages

TEXTS = {
    "ar": "وافقت اللجنة على ميزانية العام المقبل بعد نقاش طويل.",
    "cs": "Výbor schválil rozpočet na příští rok po dlouhé debatě.",
    "de": "Der Ausschuss genehmigte den Haushalt für das kommende Jahr nach langer Debatte.",
    "el": "Η επιτροπή ενέκρινε τον προϋπολογισμό για το επόμενο έτος μετά από μακρά συζήτηση.",
    "en": "The committee approved the budget for the coming year after a long debate.",
    "es": "El comité aprobó el presupuesto para el próximo año tras un largo debate.",
    "fa": "کمیته پس از بحثی طولانی بودجه سال آینده را تصویب کرد.",
    "fi": "Valiokunta hyväksyi ensi vuoden talousarvion pitkän keskustelun jälkeen.",
    "fr": "La commission a approuvé le budget de l'année prochaine après un long débat.",
    "he": "הוועדה אישרה את התקציב לשנה הבאה לאחר דיון ארוך.",
    "hi": "समिति ने लंबी बहस के बाद अगले साल के बजट को मंज़ूरी दी।",
    "hu": "A bizottság hosszú vita után jóváhagyta a jövő évi költségvetést.",
    "id": "Komite menyetujui anggaran untuk tahun depan setelah perdebatan panjang.",
    "it": "Il comitato ha approvato il bilancio per il prossimo anno dopo un lungo dibattito.",
    "ja": "委員会は長い議論の末に来年度の予算を承認した。",
    "ko": "위원회는 긴 토론 끝에 내년 예산을 승인했다.",
    "nl": "De commissie keurde de begroting voor het komende jaar goed na een lang debat.",
    "pl": "Komisja zatwierdziła budżet na przyszły rok po długiej debacie.",
    "pt": "O comitê aprovou o orçamento para o próximo ano depois de um longo debate.",
    "ru": "Комитет утвердил бюджет на следующий год после долгих дебатов.",
    "sv": "Utskottet godkände budgeten för det kommande året efter en lång debatt.",
    "th": "คณะกรรมการอนุมัติงบประมาณสำหรับปีหน้าหลังจากการอภิปรายที่ยาวนาน",
    "tr": "Komisyon uzun bir tartışmanın ardından gelecek yılın bütçesini onayladı.",
    "uk": "Комітет затвердив бюджет на наступний рік після тривалих дебатів.",
    "vi": "Ủy ban đã phê duyệt ngân sách cho năm tới sau một cuộc tranh luận dài.",
    "zh": "委员会经过长时间辩论后批准了明年的预算。",
}

SCRAPS = [
    "1 2 3 4 5 6 7 8 9 10 | 3.4 | 5.6 | 7.8 | 9.1 | 12.2 | 14.1 | 1.1",
    "def foo(x): return x + 1 if x else None",
    "for (int i = 0; i < n; i++) { sum += a[i] * b[i]; total = sum / n; }",
    "a[i] += b[j] * np.dot(x, y) for i in range(len(values))",
    "kg m s A K mol cd Hz N Pa J W C V F Ω S Wb T H lm lx Bq Gy Sv kat",
    "https://example.org/der/die/das?und=oder&nicht=doch und https://example.org/le/la/les",
    "Smith J, Jones K. Nature 2010;464:123-7.",
    "IL-6 TNF-α IL-1β IFN-γ p<0.05 n=34 CD4+ CD8+ TGF-β1",
    "3f2a9c 77aa01 deadbeef 0xffee ab12cd34 9e107d9d372bb6826bd81d3542a419d6",
    "Table 3: BLEU",
    "!?… — ★★★",
    "",
]


@pytest.mark.parametrize("language", TEXTS)
def test_documents(language: str) -> None:
    text = TEXTS[language]
    assert identify_language(text) == language
    assert identify_language(text, "xx") == language
    assert identify_language(unicodedata.normalize("NFD", text)) == language
    assert identify_language(text * 300) == language


@pytest.mark.parametrize("language", TEXTS)
def test_a_sentence_in_another_language_is_seen(language: str) -> None:
    document = "de" if language == "en" else "en"
    assert identify_passages([TEXTS[language], TEXTS[document]], document) == [language, document]


@pytest.mark.parametrize("scrap", SCRAPS)
def test_scraps_have_no_language_of_their_own(scrap: str) -> None:
    assert identify_language(scrap) is None
    assert identify_language(scrap, "fr") == "fr"
    assert identify_passages([scrap], "pl") == ["pl"]
    assert identify_passages([scrap], None) == [None]


@pytest.mark.parametrize(
    ("text", "document", "language"),
    [
        ("東京都庁展望室", "ja", "ja"),  # Japanese often has no kana
        ("東京都庁展望室", "zh", "zh"),
        ("東京都庁展望室", "en", "zh"),
        ("委员会经过长时间辩论后批准了明年的预算，" * 3, "ja", "zh"),
        ("小林さんの店", "zh", "ja"),
        ("阿里の商店在全国各地开设了三百多家分店并计划明年进入海外市场，顾客众多。", "zh", "zh"),
        ("한국어", "en", "ko"),
        ("BERT와 GPT 모델을 사용한 한국어 문장 분류", "en", "ko"),
        ("The word 東京 means eastern capital, and it is the capital of Japan.", "en", "en"),
        ("The Greek letter α is alpha and ω is the last one of them.", "de", "en"),
    ],
)
def test_passages_that_could_be_taken_for_another(text: str, document: str, language: str) -> None:
    assert identify_passages([text], document) == [language]


def test_a_document_is_more_than_its_beginning() -> None:
    menu = "Home | News | About | Contact | Login | Search | Impressum | Sitemap | "
    assert identify_language(menu + TEXTS["de"] * 200, "en") == "de"


def test_english_papers_stay_english() -> None:
    # An outside check: every paragraph of 40 real papers, tables, formulas and names included.
    folder = files("aclsum") / "dataset" / "paper_jsons"
    papers = sorted((path for path in folder.iterdir()), key=lambda path: path.name)[:40]
    paragraphs = [
        str(paragraph["text"])
        for path in papers
        for paragraph in json.loads(path.read_text(encoding="utf-8"))["pdf_parse"]["body_text"]
    ]
    assert len(paragraphs) > 1_000
    strayed = [language for language in identify_passages(paragraphs, "en") if language != "en"]
    assert len(strayed) <= len(paragraphs) * 0.002
    found = [identify_language(paragraph) for paragraph in paragraphs]
    assert sum(language not in ("en", None) for language in found) <= len(paragraphs) * 0.005


@given(st.lists(st.text(max_size=80)), st.sampled_from([None, "en", "ja", "xx"]))
def test_any_text_gets_an_answer(texts: list[str], document: str | None) -> None:
    found = identify_passages(texts, document)
    assert len(found) == len(texts)
    assert found == identify_passages(texts, document)
    for text, language in zip(texts, found, strict=True):
        assert language == document or language is None or len(language) == 2
        if sum(map(str.isalpha, text)) < MIN_LETTERS and text.isascii():
            assert language == document


@pytest.mark.parametrize("part", ["a", "水", "a\u0301", "\ud800", "http://", "a/", "́", "กำ", " "])
def test_a_megabyte_of_anything_takes_no_time(part: str) -> None:
    identify_language(part * (1_000_000 // len(part)))
    identify_passages([part * (1_000_000 // len(part))], "en")
