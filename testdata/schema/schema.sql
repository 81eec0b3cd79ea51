--
-- PostgreSQL database dump
--

-- Dumped from database version 17.2
-- Dumped by pg_dump version 17.2

SET client_encoding = 'UTF8';
SELECT pg_catalog.set_config('search_path', '', false);

CREATE TABLE public.studios (
    id bigint NOT NULL,
    name text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.members (
    id bigint NOT NULL,
    studio_id bigint NOT NULL,
    email text NOT NULL,
    birthday date,
    deleted_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.courses (
    id bigint NOT NULL,
    studio_id bigint NOT NULL,
    title text NOT NULL,
    price double precision NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.lessons (
    id bigint NOT NULL,
    course_id bigint NOT NULL,
    starts_at timestamp without time zone NOT NULL,
    ends_at timestamp without time zone NOT NULL,
    seats integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT lessons_check CHECK ((ends_at > starts_at)),
    CONSTRAINT lessons_seats_check CHECK ((seats > 0))
);

CREATE TABLE public.bookings (
    id integer NOT NULL,
    lesson_id bigint NOT NULL,
    member_id bigint NOT NULL,
    status text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE SEQUENCE public.bookings_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;

ALTER SEQUENCE public.bookings_id_seq OWNED BY public.bookings.id;

CREATE TABLE public.course_teachers (
    course_id bigint NOT NULL,
    member_id bigint NOT NULL
);

ALTER TABLE ONLY public.bookings ALTER COLUMN id SET DEFAULT nextval('public.bookings_id_seq'::regclass);

ALTER TABLE ONLY public.studios
    ADD CONSTRAINT studios_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_studio_id_email_key UNIQUE (studio_id, email);

ALTER TABLE ONLY public.courses
    ADD CONSTRAINT courses_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.lessons
    ADD CONSTRAINT lessons_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.bookings
    ADD CONSTRAINT bookings_pkey PRIMARY KEY (id);

CREATE INDEX courses_studio_id_idx ON public.courses USING btree (studio_id);

CREATE INDEX lessons_course_id_starts_at_idx ON public.lessons USING btree (course_id, starts_at);

CREATE INDEX bookings_lesson_id_idx ON public.bookings USING btree (lesson_id);

CREATE INDEX course_teachers_member_id_idx ON public.course_teachers USING btree (member_id);

ALTER TABLE ONLY public.members
    ADD CONSTRAINT members_studio_id_fkey FOREIGN KEY (studio_id) REFERENCES public.studios(id);

ALTER TABLE ONLY public.courses
    ADD CONSTRAINT courses_studio_id_fkey FOREIGN KEY (studio_id) REFERENCES public.studios(id);

ALTER TABLE ONLY public.lessons
    ADD CONSTRAINT lessons_course_id_fkey FOREIGN KEY (course_id) REFERENCES public.courses(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.bookings
    ADD CONSTRAINT bookings_lesson_id_fkey FOREIGN KEY (lesson_id) REFERENCES public.lessons(id);

ALTER TABLE ONLY public.bookings
    ADD CONSTRAINT bookings_member_id_fkey FOREIGN KEY (member_id) REFERENCES public.members(id);

ALTER TABLE ONLY public.course_teachers
    ADD CONSTRAINT course_teachers_course_id_fkey FOREIGN KEY (course_id) REFERENCES public.courses(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.course_teachers
    ADD CONSTRAINT course_teachers_member_id_fkey FOREIGN KEY (member_id) REFERENCES public.members(id);
