"""Pages that are none of their template are told in many languages; pages that only mention such words are pages."""

from __future__ import annotations

import pytest

from learner.drift.condition import condition, names_condition, words_in

URL = "http://site.test/things/9"
NOTICE = "<html><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p></body></html>"
ASKING = (
    "<html><head><title>{0}</title></head><body><h1>{0}</h1><p>{1}</p>"
    "<form><button>{2}</button><button>{3}</button></form></body></html>"
)
MEMBERS = (
    "<html><head><title>{0}</title></head><body><h1>{0}</h1>"
    '<form><input name="user"><input type="password"><button>{0}</button></form></body></html>'
)

MISSING = {
    "ru": [
        ("Товар не найден", "Такой страницы нет"), ("Страница не найдена", ""), ("Ой!", "Такой страницы больше нет."),
        ("Извините", "Страница, которую вы ищете, не существует или была перемещена"),
        ("Упс", "Не удалось найти запрошенную страницу"),
    ],
    "uk": [("Сторінку не знайдено", ""), ("Такої сторінки немає", "Поверніться на головну")],
    "ar": [
        ("عذراً، الصفحة غير موجودة", "الوصفة التي تبحث عنها غير متوفرة."), ("الصفحة غير موجودة", ""),
        ("لم يتم العثور على الصفحة", ""), ("عفواً", "الصفحة التي تبحث عنها لم تعد متاحة"),
        ("المنتج غير موجود", "عد إلى الصفحة الرئيسية"),
    ],
    "fa": [("صفحه مورد نظر یافت نشد", ""), ("خطا", "صفحه‌ای که به دنبال آن هستید وجود ندارد")],
    "he": [("הדף לא נמצא", ""), ("אופס", "העמוד שחיפשת אינו קיים"), ("לא מצאנו את הדף", "")],
    "ja": [
        ("お探しのページが見つかりません", ""), ("エラー", "ご指定のページは存在しません"),
        ("お探しの商品が見つかりません", ""), ("お知らせ", "ページは移動または削除されました"),
    ],
    "zh": [
        ("页面不存在", ""), ("抱歉", "您访问的页面不存在"), ("找不到網頁", ""), ("抱歉,没有找到您要访问的页面", ""),
        ("出错了", "您要找的商品已被删除"),
    ],
    "ko": [
        ("페이지를 찾을 수 없습니다", ""), ("안내", "요청하신 페이지가 존재하지 않습니다"), ("존재하지 않는 상품", ""),
    ],
    "pl": [
        ("Nie znaleziono strony", ""), ("Ups", "Strona, której szukasz, nie istnieje"),
        ("Błąd", "Nie możemy znaleźć tej strony"),
    ],
    "cs": [("Stránka nebyla nalezena", ""), ("Jejda", "Stránku se nepodařilo najít"), ("Produkt neexistuje", "")],
    "tr": [("SAYFA BULUNAMADI", ""), ("Üzgünüz", "Aradığınız sayfa mevcut değil"), ("Ürün bulunamadı", "")],
    "hu": [("A keresett oldal nem található", "")],
    "ro": [("Pagina nu a fost găsită", "")],
    "el": [("Η σελίδα δεν βρέθηκε", "")],
    "vi": [("Không tìm thấy trang", "")],
    "id": [("Halaman tidak ditemukan", "")],
}  # fmt: skip


@pytest.mark.parametrize(("title", "text"), [pair for pairs in MISSING.values() for pair in pairs])
def test_soft_404(title: str, text: str) -> None:
    assert condition(NOTICE.format(title, text), URL) == "soft_404"


@pytest.mark.parametrize("title", [
    "Войти", "Вход в личный кабинет", "Увійти", "تسجيل الدخول", "ورود به حساب کاربری", "התחברות", "כניסה לחשבון",
    "ログイン", "会員ログイン", "登录", "登入", "로그인", "Zaloguj się", "Přihlášení", "GİRİŞ YAP", "Oturum aç",
    "Bejelentkezés", "Autentificare", "Đăng nhập",
])  # fmt: skip
def test_logins(title: str) -> None:
    assert condition(MEMBERS.format(title), URL) == "login"


@pytest.mark.parametrize(("title", "text", "yes", "no"), [
    ("Мы ценим вашу конфиденциальность", "Мы и наши партнёры используем файлы cookie.", "Принять все", "Отклонить"),
    ("Файлы cookie", "Этот сайт использует куки.", "Согласен", "Настроить"),
    ("Ми цінуємо вашу конфіденційність", "Ми використовуємо файли cookie.", "Прийняти", "Відхилити"),
    ("نحن نحترم خصوصيتك", "نستخدم نحن وشركاؤنا ملفات تعريف الارتباط. هل توافق؟", "أوافق", "أرفض"),
    ("ملفات تعريف الارتباط", "خصوصيتك مهمة لنا", "قبول الكل", "إدارة"),
    ("حریم خصوصی شما", "ما از کوکی‌ها استفاده می‌کنیم", "می‌پذیرم", "رد"),
    ("הפרטיות שלך חשובה לנו", "אנו משתמשים בקובצי Cookie", "אישור", "דחייה"),
    ("プライバシーを尊重します", "当サイトはCookieを使用しています。", "同意する", "拒否する"),
    ("您的隐私", "我们使用 Cookie 来改善体验。", "接受全部", "拒绝"), ("重視您的隱私", "請選擇", "接受", "拒絕"),
    ("쿠키 사용 동의", "저희는 쿠키를 사용합니다.", "모두 수락", "거부"),
    ("Szanujemy Twoją prywatność", "Używamy plików cookie.", "Zgadzam się", "Odrzuć"),
    ("Vážíme si vašeho soukromí", "Používáme soubory cookie.", "Souhlasím", "Odmítnout"),
    ("Çerez ayarları", "Gizliliğinize önem veriyoruz.", "Kabul et", "Reddet"),
])  # fmt: skip
def test_consents(title: str, text: str, yes: str, no: str) -> None:
    assert condition(ASKING.format(title, text, yes, no), URL) == "consent"


SHOP = (
    "<html><head><title>{0} | Hearth</title></head><body><nav><a href=/login>{3}</a></nav><form><input name=q></form>"
    "<h1>{0}</h1><p>{1}</p><button>{2}</button></body></html>"
)


@pytest.mark.parametrize(("title", "text", "button", "login"), [
    ("Печенье с орехами", "Товар временно закончился. Сообщим, когда он появится.", "Купить", "Войти"),
    ("Поиск", "По вашему запросу ничего не найдено", "Искать", "Войти"),
    ("Чайник", "Если товар не найден в магазине, закажите доставку.", "Согласен купить", "Войти"),
    ("Страница за страницей", "Роман о переписчиках книг, 320 страниц.", "В корзину", "Вход"),
    ("كعك باللوز", "المنتج غير متوفر حالياً. السعر ٤٨٠ ر.س", "أضف إلى السلة", "تسجيل الدخول"),
    ("البحث", "لم يتم العثور على نتائج", "بحث", "تسجيل الدخول"),
    ("الصفحة الأخيرة", "رواية من ٣٢٠ صفحة عن مدينة قديمة", "قبول العرض", "تسجيل الدخول"),
    ("עוגיות שוקולד", "המוצר אינו זמין כרגע במלאי", "הוספה לסל", "התחברות"),
    ("חיפוש", "לא נמצאו תוצאות", "חיפוש", "התחברות"),
    ("クッキーの作り方", "バターと砂糖を混ぜます。", "カートに入れる", "ログイン"),
    ("検索結果", "該当する商品が見つかりませんでした", "検索", "ログイン"),
    ("铁壶", "商品已售完。没有找到相关评论", "加入购物车", "登录"),
    ("쿠키 세트", "검색 결과가 없습니다. 일시 품절", "장바구니", "로그인"),
    ("Çerez tabağı", "Aradığınız kriterlere uygun ürün bulunamadı", "Sepete ekle", "Giriş yap"),
    ("Nůž", "Zboží není skladem", "Do košíku", "Přihlásit"),
])  # fmt: skip
def test_pages_that_mention_such_words_are_pages(title: str, text: str, button: str, login: str) -> None:
    assert condition(SHOP.format(title, text, button, login), URL) == ""


ARTICLES = {
    "ja": "昨年の調査では、四百のサイトを調べたところ、人よりも機械のほうが多くの問題を解いたことがわかりました。",
    "zh": "去年对四百个网站的调查发现，机器解决的问题比人多，许多读者因此写信给编辑部表示惊讶。",
    "ru": "В прошлом году изучили четыреста сайтов и выяснили, что машины решают больше задач, чем люди. ",
    "ar": "في العام الماضي درس الباحثون أربعمئة موقع ووجدوا أن الآلات تحل مسائل أكثر من الناس. ",
}


@pytest.mark.parametrize(("language", "title"), [
    ("ja", "「ページが見つかりません」と表示される理由"), ("zh", "为什么会出现“页面不存在”"),
    ("ru", "Почему страница не найдена"), ("ar", "لماذا الصفحة غير موجودة"),
])  # fmt: skip
def test_articles_about_such_pages_are_pages(language: str, title: str) -> None:
    assert condition(NOTICE.format(title, ARTICLES[language] * 12), URL) == ""


def test_words_that_no_spaces_part() -> None:
    assert words_in("two words") == 2
    assert words_in("お探しのページが見つかりません") == 1 + 7
    assert names_condition("お探しのページが見つかりません")
    assert not names_condition(ARTICLES["ja"] + "ページが見つかりません")
