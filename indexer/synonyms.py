"""Words that stand for each other, in any text and whatever it is about.

Only such replacements are known to be harmless: "the cat" for "the dog" looks the same to a
program as "the task" for "the problem". What matters to somebody is left out, as are terms of any
field; a pair that is missing costs a missed twin at most.
"""

import re

_SETS = """
show shown shows demonstrate illustrate reveal exhibit prove
use used uses using employ utilise utilize apply leverage harness
usage use employment application utilisation
obtain get got acquire gain achieve attain reach receive
propose present introduce suggest offer describe
method approach technique procedure way methodology
system model
result finding outcome
task problem challenge
dataset corpus collection
compute calculate determine derive
important crucial essential significant vital key major critical
many numerous
several multiple various diverse
different various distinct diverse
because since as
therefore thus hence consequently accordingly
however yet but nevertheless nonetheless though although whereas while
need require demand necessitate
study investigate examine explore analyse analyze inspect research
build built construct create develop make made design produce form
choose chosen chose select pick
automatically unsupervised
compare contrast relate
previous prior earlier preceding past former
work research study effort
word term token
consider examine regard view
give given gave gives giving provide supply offer deliver furnish
specific particular certain
often frequently commonly regularly
usually generally typically commonly normally
big large sizeable considerable great huge enormous
little small tiny slight
similar comparable alike analogous
outline sketch summarise summarize
evaluate assess judge gauge measure
find found discover identify detect locate observe notice
significantly substantially considerably markedly notably
further additional extra more
help assist aid support
try attempt seek aim endeavour endeavor strive
begin began begun start commence initiate
finish complete conclude end
keep kept retain maintain preserve
change alter modify adjust
happen occur
say said state remark declare announce note mention report
tell inform
explain clarify elucidate
ask request
answer reply respond
think thought believe
know understand
see observe view notice
look seem appear
buy bought purchase
sell vend
speak spoke spoken talk
live reside dwell
move shift
go travel
come arrive
leave depart
take took taken grab
put place set position
hold held grasp
send sent dispatch transmit
bring carry
allow enable permit let
stop cease halt
continue proceed carry
improve enhance boost ameliorate
grow grew grown expand
contain hold comprise
include comprise contain encompass cover
consist comprise
combine merge join integrate unite
divide split separate partition
connect link join
depend rely
focus concentrate
address tackle handle treat
solve resolve
capture catch
generate produce create
extract derive
perform conduct execute carry
conduct perform undertake
carry conduct perform
run execute
train teach
learn acquire
predict forecast
represent denote
indicate imply suggest signal point
call name term dub
define specify
refer point
base ground found
lead result
cause trigger provoke
affect influence impact
effect influence impact
follow pursue
ensure guarantee assure
prevent avoid
easy simple straightforward effortless
easily simply readily
hard difficult tough challenging
difficulty hardship
quick rapid fast swift speedy
quickly rapidly swiftly
big sizable
good fine nice
excellent outstanding superb
bad poor
wrong incorrect erroneous
right correct accurate
correctly accurately properly
new novel fresh
modern contemporary current recent
recent latest
recently lately
currently presently now nowadays
old ancient
beautiful lovely pretty
famous renowned celebrated
whole entire complete full
entirely completely wholly fully totally
main primary principal chief major central
mainly primarily chiefly mostly largely
usual common ordinary
rare uncommon
strange odd
clear obvious evident apparent plain
clearly obviously evidently
common widespread prevalent shared
enough sufficient adequate
suitable appropriate proper fitting
useful helpful beneficial
useful valuable
effective efficient
effectively efficiently
robust stable
simple basic plain
complex complicated intricate sophisticated
complexity intricacy
wide broad
widely broadly extensively
extensive comprehensive thorough broad
detailed thorough
exact precise
precisely exactly
roughly approximately
about around approximately regarding concerning
especially particularly notably
also additionally too moreover furthermore besides likewise
additionally furthermore moreover besides
namely specifically
finally lastly ultimately eventually
first firstly initially
meanwhile simultaneously concurrently
together jointly collectively
directly straight
only solely merely just
very highly extremely really quite
almost nearly
perhaps maybe possibly
probably likely presumably
again anew
soon shortly
later afterwards subsequently
before previously
during throughout
within inside
among amongst
toward towards
while whilst whereas
via through
via using by
such this
who that
like similar
example instance case sample
part portion section piece segment component
kind type sort variety
number amount quantity
goal aim objective purpose target
aim purpose intention
idea concept notion
reason cause
advantage benefit merit
disadvantage drawback shortcoming limitation
drawback weakness
feature characteristic property attribute trait
aspect facet
area field domain region
field discipline
place location site
people persons
child kid
job occupation
company firm
house home
car automobile
street road
film movie
picture image photo photograph
error mistake
answer response reply
question query inquiry
information data details
knowledge understanding
ability capability capacity
performance accuracy
quality standard
experiment trial test
experimental empirical
evidence proof
level degree
rate speed
step stage phase
process procedure
structure architecture framework
framework architecture
function role
relation relationship connection
difference discrepancy distinction
variety range array
set collection group
group cluster
article paper piece
paper article work
author writer
scientist researcher
expert specialist
official officer
doctor physician
government administration
country nation
world globe
year annum
period span
moment instant
situation circumstance condition
issue problem matter topic
topic subject theme
summary overview
conclusion summary
discussion debate
description account
statement claim assertion
claim assert maintain contend argue
argue contend
emphasise emphasize stress highlight underline underscore
reveal disclose uncover
confirm verify validate
test try examine
check verify
control regulate
manage handle administer
lead guide direct
join unite
share distribute
gather collect assemble compile
collect gather
store save
remove eliminate delete
delete erase
replace substitute
choose opt
decide determine
adopt embrace
accept receive
suffer experience
face confront encounter
encounter meet
exploit leverage utilise utilize
incorporate integrate include embed
inspire motivate
motivated inspired
yield produce give
outperform surpass exceed beat
exceed surpass
extend expand broaden
limit restrict
limited restricted
remain stay
available accessible
accessible reachable
freely openly
release publish
publish issue
build establish
establish found
attention focus
automatic automated
manual hand
manually hand
necessary needed required essential
potential possible
possible feasible
impossible infeasible
traditional conventional classical
conventional standard
standard typical
state-of-the-art leading
rely depend
investigate study
recommend advise
instead rather
despite notwithstanding
overall general total
general universal
individual single
single sole
additional extra
following subsequent
subsequent later
current present
present current existing
underlying fundamental
fundamental basic
huge vast massive
vast immense
sharp steep
strongly heavily
deeply profoundly
slightly somewhat marginally
gradually progressively
constantly continually continuously
immediately instantly promptly
suddenly abruptly
successfully
fortunately luckily
unfortunately regrettably sadly

zeigen belegen demonstrieren
verwenden benutzen nutzen einsetzen
wichtig bedeutend wesentlich
jedoch aber allerdings dennoch
daher deshalb deswegen folglich somit
außerdem zudem ferner überdies
häufig oft
auch ebenfalls ebenso
weil da denn
sehr äußerst überaus
schnell rasch zügig
beginnen anfangen starten
erhalten bekommen
untersuchen erforschen analysieren
feststellen herausfinden ermitteln
erklären erläutern
besonders insbesondere vor
verschiedene unterschiedliche diverse
etwa ungefähr zirka
bereits schon
lediglich nur bloß

montrer démontrer révéler
utiliser employer
important essentiel crucial
cependant toutefois néanmoins pourtant
donc ainsi
aussi également
souvent fréquemment
obtenir acquérir
commencer débuter
étudier examiner analyser
constater observer remarquer
environ approximativement
car parce puisque
rapidement vite
plusieurs divers différents

mostrar demostrar revelar
utilizar usar emplear
importante esencial crucial
embargo obstante
también asimismo
frecuentemente menudo
obtener conseguir lograr
comenzar empezar iniciar
estudiar examinar analizar
encontrar hallar descubrir
aproximadamente unos
rápidamente deprisa
varios diversos distintos

mostrare dimostrare rivelare
utilizzare usare impiegare
importante essenziale cruciale
tuttavia però
anche inoltre
spesso frequentemente
ottenere conseguire
iniziare cominciare
studiare esaminare analizzare

usar utilizar empregar
entretanto contudo porém todavia
também igualmente
obter conseguir alcançar
começar iniciar

gebruiken benutten aanwenden
echter maar
ook eveneens
vaak dikwijls
beginnen starten
belangrijk essentieel

показывать демонстрировать
использовать применять
важный существенный значимый
однако но
также тоже
часто нередко
исследовать изучать
получать приобретать
начинать приступать
потому поэтому
"""

_STEM_END = re.compile(r"(?:ings?|ed|es|s|e)$")
_BRITISH = (("our", "or"), ("ogue", "og"), ("z", "s"), ("yse", "yze"))


def mean_the_same(one: str, other: str) -> bool:
    """Whether two words are synonyms."""
    return bool(_SETS_OF.get(stem(one), _NONE) & _SETS_OF.get(stem(other), _NONE))


def are_forms(one: str, other: str) -> bool:
    """Whether two words are forms or spellings of one word, as far as their stems tell."""
    return stem(one) == stem(other)


def stem(word: str) -> str:
    """The word without its commonest endings, and without what British and American part over.

    Rough, and the same for every language: what it confuses must differ by an ending alone.
    """
    if len(word) > 3:
        cut = _STEM_END.sub("", word)
        word = cut if len(cut) >= 3 else word
    if len(word) > 4:
        for british, american in _BRITISH:
            word = word.replace(british, american)
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return f"{word[:-1]}i" if word.endswith("y") and len(word) > 3 else word


_NONE: frozenset[int] = frozenset()


def _sets_of() -> dict[str, frozenset[int]]:
    found: dict[str, frozenset[int]] = {}
    for number, line in enumerate(_SETS.casefold().splitlines()):
        for word in line.split():
            found[stem(word)] = found.get(stem(word), _NONE) | {number}
    return found


_SETS_OF = _sets_of()
